// Azure's events, so that MeshPort looks at a cluster as soon as somebody changes it. Deployed after the code, since Event Grid asks whether the function is there; MeshPort works
// without it too, then by its resync alone.
targetScope = 'subscription'

@description('The environment\'s name, as in main.bicep.')
@minLength(2)
@maxLength(32)
param environmentName string

@description('The function app: output functionAppName of main.bicep.')
param functionAppName string

@description('Its storage account: output storageAccountName of main.bicep.')
param storageAccountName string

@description('Clusters that exist and that MeshPort keeps: their ids and locations. Each sends AKS\'s own events: new versions, the end of support, node pools that are replaced.')
param clusters { id: string, location: string }[] = []

@description('Of what resources of the subscription a change is told. Add Microsoft.Network/networkSecurityGroups and Microsoft.Network/virtualNetworks where others write the clusters\' networks.')
param resourceTypes string[] = [
  'Microsoft.ContainerService/managedClusters'
]

@description('Who is told of dead letters: output actionGroupId of main.bicep. Empty: nobody.')
param actionGroupId string = ''

@description('Tags for every resource.')
param tags { *: string } = {}

var deadLetterContainerName = 'dead-letters'
var allTags = union(tags, { 'azd-env-name': environmentName })

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
      'Microsoft.Resources.ResourceActionSuccess' // a cluster is stopped, its keys are rotated
    ]
    subjectsWith: map(resourceTypes, type => '/providers/${type}/')
    functionId: app::events.id
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
