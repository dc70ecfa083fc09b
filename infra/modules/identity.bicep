// MeshPort's identity for its storage, Azure Resource Manager and the clusters' API servers.

@description('Name of the identity.')
param name string

@description('Azure location.')
param location string

@description('Tags.')
param tags { *: string }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Object id, to assign roles to.')
output principalId string = identity.properties.principalId
