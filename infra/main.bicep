// MeshPort on Azure Functions: one resource group with all its resources, and its rights on the subscription of the clusters.
targetScope = 'subscription'

@description('The name of the deployment, part of the names of all resources.')
@minLength(2)
@maxLength(32)
param environmentName string

@description('The region of the function app. It must offer Flex Consumption. Clusters can be elsewhere.')
@minLength(2)
param location string

// 512 suffices for 100 clusters (docs/operations.md, Limits and cost).
@description('Memory of one instance in MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 512

@description('The most instances of the app.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('The replication of the app\'s storage: in one zone or across three.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
])
param storageReplication string = 'Standard_ZRS'

@description('The retention of logs, in days.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Further resource providers that the app may register again after it registered one of their preview features.')
param featureProviders string[] = []

// If false, grant the role on each cluster, or add the app's identity to a group of the cluster's access.adminGroupObjectIds.
@description('Whether the app may administer every cluster of the subscription through Azure RBAC.')
param grantKubernetesAccess bool = true

// MeshPort reaches the API servers of private clusters through the subnet's virtual network.
@description('The app\'s subnet, delegated to Microsoft.App/environments. Empty means none, or the one of appNetworkPrefix.')
param appSubnetId string = ''

@description('The address space of a new virtual network for the app, such as 10.200.0.0/24. Empty creates none.')
param appNetworkPrefix string = ''

@description('The id of an existing NAT gateway for the network of appNetworkPrefix. Empty means none.')
param appNatGatewayId string = ''

// A Durable Task Scheduler needs an app that was built for it (infra/README.md).
@description('The store of orchestration histories: the app\'s storage, or a Durable Task Scheduler.')
@allowed([
  'AzureStorage'
  'SchedulerConsumption'
  'SchedulerDedicated'
])
param orchestrationBackend string = 'AzureStorage'

// If set, callers need the app role MeshPort.Reader or MeshPort.Operator in addition to the key.
@description('The Entra application of callers\' tokens: its id, its id URI, or both with a comma. Empty requires only the key.')
param accessAudience string = ''

@description('The Entra application of the webhook for events, also for events.bicep: its id, or its id URI. Empty means a key.')
param eventsAudience string = ''

@description('The Entra application by which people sign in to the console, with accessAudience. Empty means that it asks for the key.')
param consoleClientId string = ''

@description('The API\'s address behind a gateway such as Front Door: https://ports.example.com. Empty means the app\'s own address.')
param publicUrl string = ''

@description('The addresses or ranges from which API servers see the app come, such as that of a NAT gateway, with commas between them.')
param egressAddresses string = ''

// A deployment replaces all settings of the app. Names have __ for the colon: { MeshPort__PortBudget: '280' }.
@description('Further settings of the app (docs/operations.md, Settings).')
param settings { *: string } = {}

@description('Mail addresses for alerts (docs/runbook.md).')
param alertEmails string[] = []

@description('Whether the rules of alerts run. Each costs money (docs/operations.md).')
param useAlerts bool = true

@description('Tags for every resource.')
param tags { *: string } = {}

var token = uniqueString(subscription().id, environmentName, location)
// Names are known before the deployment, so that what-if can predict the modules' changes.
var identityName = 'id-meshport-${token}'
var storageAccountName = 'stmeshport${token}'
var deploymentContainerName = 'app-package'
var deadLetterContainerName = 'dead-letters' // events.bicep
var workspaceName = 'log-meshport-${token}'
var insightsName = 'appi-meshport-${token}'
var functionAppName = 'func-meshport-${token}'
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
    isOn: useAlerts
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
    natGatewayId: appNatGatewayId
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
    name: functionAppName
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
    eventsAudience: eventsAudience
    consoleClientId: consoleClientId
    publicUrl: publicUrl
    egressAddresses: egressAddresses
    settings: settings
    scheduler: useScheduler ? { endpoint: scheduler!.outputs.endpoint, taskHubName: scheduler!.outputs.taskHubName } : null
  }
  dependsOn: [
    identity
    storage
    monitoring
  ]
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: {
    location: location
    tags: allTags
    workspaceName: workspaceName
    functionAppName: functionAppName
    storageAccountName: storageAccountName
  }
  dependsOn: [
    monitoring
    functionApp
  ]
}

module clusterAccess 'modules/clusterAccess.bicep' = {
  params: {
    // Assignments outlive the resource group. Their names contain the identity's object id, so old ones do not conflict with new ones.
    #disable-next-line what-if-short-circuiting
    principalId: identity.outputs.principalId
    featureProviders: featureProviders
    grantKubernetesAccess: grantKubernetesAccess
  }
}

@description('The resource group that azd deploys to.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The function app, for deployments without azd.')
output functionAppName string = functionApp.outputs.name

@description('The app\'s storage account, for events.bicep.')
output storageAccountName string = storageAccountName

@description('The action group of the alerts, for events.bicep.')
output actionGroupId string = alerts.outputs.actionGroupId

@description('The Entra application of the webhook, for events.bicep.')
output eventsAudience string = eventsAudience

@description('The address of MeshPort, without a path. Paths of the API start with /api.')
output endpoint string = functionApp.outputs.endpoint

@description('The object id of MeshPort\'s identity, for other subscriptions (modules/clusterAccess.bicep) and cluster admin groups.')
output principalId string = identity.outputs.principalId
