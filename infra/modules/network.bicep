// A virtual network for the app alone. Peer it with those of private clusters and internal gateways, so that MeshPort reaches them.

@description('Name of the virtual network.')
param name string

@description('Azure location.')
param location string

@description('Tags.')
param tags { *: string }

@description('Its address space, /24 or wider, which must not overlap those that it is peered with.')
param addressPrefix string

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

  // Flex Consumption asks for this delegation (learn.microsoft.com, "Azure Functions networking options"), and for an address per instance: a /26 holds 59.
  resource app 'subnets' = {
    name: 'app' // an underscore is not allowed here
    properties: {
      addressPrefix: cidrSubnet(addressPrefix, 26, 0)
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

@description('The subnet that the app is integrated with.')
output subnetId string = network::app.id

@description('The network, to peer it with others.')
output networkId string = network.id
