// A virtual network for the app. Peer it with the networks of private clusters, so that MeshPort reaches their API servers.

@description('Name of the virtual network.')
param name string

@description('Azure location.')
param location string

@description('Tags.')
param tags { *: string }

@description('The address space, /24 or wider. It must not overlap those of peered networks.')
param addressPrefix string

@description('The id of the NAT gateway of the app\'s subnet. Empty means none.')
param natGatewayId string

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressPrefix
      ]
    }
  }

  // Flex Consumption requires this delegation (learn.microsoft.com, "Azure Functions networking options"), and one address an instance.
  // A /26 has 59 addresses.
  resource app 'subnets' = {
    name: 'app' // an underscore is not allowed
    properties: {
      addressPrefix: cidrSubnet(addressPrefix, 26, 0)
      natGateway: empty(natGatewayId) ? null : { id: natGatewayId } // a deployment detaches one that is not written here
      delegations: [
        {
          name: 'functions'
          properties: {
            serviceName: 'Microsoft.App/environments'
          }
        }
      ]
    }
  }
}

@description('The app\'s subnet.')
output subnetId string = network::app.id

@description('The network, to peer it with others.')
output networkId string = network.id
