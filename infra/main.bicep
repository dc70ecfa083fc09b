// MeshPort on Azure Functions: one resource group with everything it needs, and the rights on the subscription whose clusters it keeps.
targetScope = 'subscription'

@description('Names the deployment; part of every resource\'s name.')
@minLength(2)
@maxLength(32)
param environmentName string

@description('Where the function app runs; has to offer Flex Consumption. Clusters may be elsewhere.')
@minLength(2)
param location string

@description('Memory of one instance in MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('The most instances that the app may grow to.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('How the app\'s storage is replicated: in one zone or over three.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
])
param storageReplication string = 'Standard_ZRS'

@description('How long logs are kept, in days.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Resource providers that the app may register again after it has registered one of their preview features.')
param featureProviders string[] = [
  'Microsoft.ContainerService'
]

@description('Whether the app may administer every cluster of the subscription through Azure RBAC. Where not, grant the role on each cluster that it keeps, or put its identity in a group of the cluster\'s access.adminGroupObjectIds.')
param grantKubernetesAccess bool = true

@description('The subnet that the app sends from, delegated to Microsoft.App/environments. Private clusters and internal gateways are reached through its virtual network. Empty: none, or the one of appNetworkPrefix.')
param appSubnetId string = ''

@description('Address space of a virtual network to be made for the app, such as 10.200.0.0/24, for where there is no subnet yet. Empty: none.')
param appNetworkPrefix string = ''

@description('Where the history of orchestrations is kept: the app\'s storage, or a Durable Task Scheduler. The latter needs an app that was built for it (infra/README.md).')
@allowed([
  'AzureStorage'
  'SchedulerConsumption'
  'SchedulerDedicated'
])
param orchestrationBackend string = 'AzureStorage'

@description('The application in Entra that callers ask tokens for: its id, its id URI, or both with a comma. With it, callers need the app role MeshPort.Reader or MeshPort.Operator beside the key. Empty: the key alone.')
param accessAudience string = ''

@description('The address under which callers know the API, where it is behind a gateway such as Front Door: https://ports.example.com. Empty: the function app\'s own.')
param publicUrl string = ''

@description('Who is told by mail of refused messages, failed keepers, ports that were reverted and events that could not be delivered.')
param alertEmails string[] = []

@description('Tags for every resource.')
param tags { *: string } = {}

var token = uniqueString(subscription().id, environmentName, location)
// Names are known before anything runs, so that what-if can foretell what the modules do.
var identityName = 'id-meshport-${token}'
var storageAccountName = 'stmeshport${token}'
var deploymentContainerName = 'app-package'
var deadLetterContainerName = 'dead-letters' // events.bicep
var workspaceName = 'log-meshport-${token}'
var insightsName = 'appi-meshport-${token}'
var useScheduler = orchestrationBackend != 'AzureStorage'
// azd finds the environment's resources by this tag.
var allTags = union(tags, { 'azd-env-name': environmentName })

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: identityName
    location: location
    tags: allTags
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: storageAccountName
    location: location
    tags: allTags
    replication: storageReplication
    containerNames: [
      deploymentContainerName
      deadLetterContainerName
    ]
    identityName: identityName
  }
  dependsOn: [
    identity
  ]
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: workspaceName
    insightsName: insightsName
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    identityName: identityName
  }
  dependsOn: [
    identity
  ]
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    location: location
    tags: allTags
    workspaceName: workspaceName
    emails: alertEmails
  }
  dependsOn: [
    monitoring
  ]
}

module network 'modules/network.bicep' = if (!empty(appNetworkPrefix)) {
  scope: group
  params: {
    name: 'vnet-meshport-${token}'
    location: location
    tags: allTags
    addressPrefix: appNetworkPrefix
  }
}

module scheduler 'modules/scheduler.bicep' = if (useScheduler) {
  scope: group
  params: {
    name: 'dts-meshport-${token}'
    location: location
    tags: allTags
    sku: orchestrationBackend == 'SchedulerDedicated' ? 'Dedicated' : 'Consumption'
    identityName: identityName
  }
  dependsOn: [
    identity
  ]
}

module functionApp 'modules/functionApp.bicep' = {
  scope: group
  params: {
    name: 'func-meshport-${token}'
    planName: 'plan-meshport-${token}'
    location: location
    tags: allTags
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    identityName: identityName
    storageAccountName: storageAccountName
    deploymentContainerName: deploymentContainerName
    insightsName: insightsName
    subnetId: network.?outputs.subnetId ?? appSubnetId
    accessAudience: accessAudience
    publicUrl: publicUrl
    scheduler: useScheduler ? { endpoint: scheduler!.outputs.endpoint, taskHubName: scheduler!.outputs.taskHubName } : null
  }
  dependsOn: [
    identity
    storage
    monitoring
  ]
}

module clusterAccess 'modules/clusterAccess.bicep' = {
  params: {
    // Assignments outlive the resource group. Named after the identity's object id, those of an earlier deployment do not stand in the way of a new one.
    #disable-next-line what-if-short-circuiting
    principalId: identity.outputs.principalId
    featureProviders: featureProviders
    grantKubernetesAccess: grantKubernetesAccess
  }
}

@description('Where azd deploys to.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The function app, for deployments without azd.')
output functionAppName string = functionApp.outputs.name

@description('The app\'s storage account, for events.bicep.')
output storageAccountName string = storageAccountName

@description('Who is told by alerts, for events.bicep.')
output actionGroupId string = alerts.outputs.actionGroupId

@description('Where MeshPort answers; every path is under /api.')
output endpoint string = functionApp.outputs.endpoint

@description('The object id of MeshPort\'s identity, for rights in other subscriptions (modules/clusterAccess.bicep) and for cluster admin groups.')
output principalId string = identity.outputs.principalId
