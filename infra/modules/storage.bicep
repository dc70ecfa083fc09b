// The app's storage account without shared keys, with MeshPort's queues, table and blob containers.
// The Functions host creates its containers azure-webjobs-hosts and azure-webjobs-secrets. Durable Functions creates its task hub.

@description('Name of the storage account.')
@minLength(3)
@maxLength(24)
param name string

@description('Azure location.')
param location string

@description('Tags.')
param tags { *: string }

@description('The replication of the data.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
])
param replication string

@description('The blob containers, for deployed packages and undelivered events.')
param containerNames string[]

@description('The user-assigned identity that reads and writes the data.')
param identityName string

// learn.microsoft.com, "Use a managed identity with the Azure Storage host connection" and "Durable Functions: configure managed identity".
var roles = {
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

// The queue trigger of Azure Functions does not create its queue. StorageTests compares both lists with the code.
var queueNames = [
  'meshport-exposures' // ExposureQueue.Name
  'meshport-exposures-poison' // ExposureQueue.Poison
]
var tableNames = [
  'meshportstate' // TableStateStore.Table
]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: replication
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource containers 'containers' = [
      for container in containerNames: {
        name: container
        properties: {
          publicAccess: 'None'
        }
      }
    ]
  }

  resource queues 'queueServices' = {
    name: 'default'

    resource all 'queues' = [
      for queue in queueNames: {
        name: queue
      }
    ]
  }

  resource tables 'tableServices' = {
    name: 'default'

    resource all 'tables' = [
      for table in tableNames: {
        name: table
      }
    ]
  }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(roles): {
    name: guid(account.id, identity.id, role.value)
    scope: account
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    }
  }
]
