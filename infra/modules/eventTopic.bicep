// The events of one source, delivered to MeshPort's function. What it does not take is tried again for a day and then kept in a container of the app's storage.

@description('Name of the system topic. Azure lets a source have one only.')
param name string

@description('Azure location: the source\'s, or global for a subscription.')
param location string

@description('Tags.')
param tags { *: string }

@description('The id of what sends the events.')
param source string

@description('The kind of source, as Event Grid names it.')
@allowed([
  'Microsoft.ContainerService.ManagedClusters'
  'Microsoft.Resources.Subscriptions'
])
param topicType string

@description('The kinds of events to deliver.')
param eventTypes string[]

@description('Parts of a resource id: an event is delivered whose subject has one of them. Empty delivers all.')
@maxLength(25)
param subjectsWith string[] = []

@description('The id of the function that takes the events.')
param functionId string

@description('The storage account of the app.')
param storageAccountName string

@description('Its container for what could not be delivered.')
param deadLetterContainerName string

var storageBlobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadLetters 'containers' existing = {
      name: deadLetterContainerName
    }
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned' // storage has no keys, so the topic writes dead letters as itself
  }
  properties: {
    source: source
    topicType: topicType
  }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage::blobs::deadLetters.id, topic.id, storageBlobDataContributor)
  scope: storage::blobs::deadLetters
  properties: {
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataContributor)
  }
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'meshport'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: functionId
        maxEventsPerBatch: 1 // an event that fails would have its whole batch delivered again
      }
    }
    filter: {
      includedEventTypes: eventTypes
      advancedFilters: empty(subjectsWith)
        ? []
        : [
            {
              operatorType: 'StringContains'
              key: 'subject'
              values: subjectsWith
            }
          ]
    }
    // A hint that is a day old helps nobody: the resync has looked meanwhile.
    retryPolicy: {
      eventTimeToLiveInMinutes: 1440
      maxDeliveryAttempts: 30
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: storage.id
          blobContainerName: deadLetterContainerName
        }
      }
    }
  }
  dependsOn: [
    access
  ]
}

@description('The system topic, for alerts.')
output topicId string = topic.id
