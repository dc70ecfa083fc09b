// Azure's events, so that MeshPort observes a cluster as soon as it changes. Deployed after the code, because Event Grid validates the
// function. Optional: without events, MeshPort relies on its resync.
targetScope = 'subscription'

@description('The environment\'s name, as in main.bicep.')
@minLength(2)
@maxLength(32)
param environmentName string

@description('The function app: output functionAppName of main.bicep.')
param functionAppName string

@description('The app\'s storage account: output storageAccountName of main.bicep.')
param storageAccountName string

@description('Existing clusters that MeshPort manages, by id and location. Each sends AKS\'s own events about versions and node pools.')
param clusters { id: string, location: string }[] = []

// Add Microsoft.Network/networkSecurityGroups and Microsoft.Network/virtualNetworks if others write the clusters' networks.
@description('The resource types of the subscription whose changes are sent.')
param resourceTypes string[] = [
  'Microsoft.ContainerService/managedClusters'
]

@description('The action group for dead letters: output actionGroupId of main.bicep. Empty disables these alerts.')
param actionGroupId string = ''

@description('The Entra application of the webhook: its id, or its id URI. Empty means that Event Grid delivers with the function\'s key.')
param eventsAudience string = ''

@description('Tags for every resource.')
param tags { *: string } = {}

var deadLetterContainerName = 'dead-letters'
var allTags = union(tags, { 'azd-env-name': environmentName })

// functions/Events/EventDelivery.cs
var webHookUrl = 'https://${app.properties.defaultHostName}/api/events'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' existing = {
  name: 'rg-${environmentName}'
}

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  scope: group
  name: functionAppName

  // functions/Events/ClusterEvents.cs
  resource events 'functions' existing = {
    name: 'ClusterEvents'
  }
}

module changes 'modules/eventTopic.bicep' = {
  scope: group
  params: {
    name: 'evgt-meshport-subscription'
    location: 'global'
    tags: allTags
    source: subscription().id
    topicType: 'Microsoft.Resources.Subscriptions'
    eventTypes: [
      'Microsoft.Resources.ResourceWriteSuccess'
      'Microsoft.Resources.ResourceDeleteSuccess'
      'Microsoft.Resources.ResourceActionSuccess' // for example a stopped cluster or rotated keys
    ]
    subjectsWith: map(resourceTypes, type => '/providers/${type}/')
    functionId: app::events.id
    webHookUrl: webHookUrl
    webHookApplication: eventsAudience
    storageAccountName: storageAccountName
    deadLetterContainerName: deadLetterContainerName
  }
}

module clusterEvents 'modules/eventTopic.bicep' = [
  for cluster in clusters: {
    scope: group
    params: {
      name: 'evgt-meshport-${uniqueString(toLower(cluster.id))}'
      location: cluster.location
      tags: allTags
      source: cluster.id
      topicType: 'Microsoft.ContainerService.ManagedClusters'
      eventTypes: [
        'Microsoft.ContainerService.NewKubernetesVersionAvailable'
        'Microsoft.ContainerService.ClusterSupportEnding'
        'Microsoft.ContainerService.ClusterSupportEnded'
        'Microsoft.ContainerService.NodePoolRollingStarted'
        'Microsoft.ContainerService.NodePoolRollingSucceeded'
        'Microsoft.ContainerService.NodePoolRollingFailed'
      ]
      functionId: app::events.id
      webHookUrl: webHookUrl
      webHookApplication: eventsAudience
      storageAccountName: storageAccountName
      deadLetterContainerName: deadLetterContainerName
    }
  }
]

module changesAlert 'modules/deadLetterAlert.bicep' = if (!empty(actionGroupId)) {
  scope: group
  params: {
    name: 'alert-meshport-dead-letters-subscription'
    tags: allTags
    topicId: changes.outputs.topicId
    actionGroupId: actionGroupId
  }
}

module clusterAlerts 'modules/deadLetterAlert.bicep' = [
  for (cluster, index) in clusters: if (!empty(actionGroupId)) {
    scope: group
    params: {
      name: 'alert-meshport-dead-letters-${uniqueString(toLower(cluster.id))}'
      tags: allTags
      topicId: clusterEvents[index].outputs.topicId
      actionGroupId: actionGroupId
    }
  }
]
