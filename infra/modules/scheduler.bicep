// A Durable Task Scheduler, which stores orchestration histories instead of the app's storage: faster, with a dashboard (infra/README.md).

@description('Name of the scheduler.')
param name string

@description('Azure location. It must offer the scheduler.')
param location string

@description('Tags.')
param tags { *: string }

@description('Consumption is billed by action. Dedicated has reserved capacity.')
@allowed([
  'Consumption'
  'Dedicated'
])
param sku string

@description('The IP address ranges that may connect. An empty list allows none.')
param ipAllowlist string[] = [
  '0.0.0.0/0' // needs an Entra token and the role below; the addresses of Flex Consumption are not known in advance
]

@description('The user-assigned identity that runs orchestrations.')
param identityName string

var durableTaskDataContributor = '0ad04412-c4d5-4796-b79c-f76d14c8d402'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    ipAllowlist: ipAllowlist
    sku: sku == 'Dedicated' ? { name: sku, capacity: 1 } : { name: sku }
  }

  resource hub 'taskHubs' = {
    name: 'meshport'
  }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(scheduler::hub.id, identity.id, durableTaskDataContributor)
  scope: scheduler::hub
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', durableTaskDataContributor)
  }
}

@description('The address for the app.')
output endpoint string = scheduler.properties.endpoint

@description('The task hub\'s name.')
output taskHubName string = scheduler::hub.name
