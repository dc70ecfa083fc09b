// Delivers the events of one source to MeshPort's function. Failed deliveries are retried for a day, then stored in a container of the
// app's storage.

@description('Name of the system topic. Azure allows one for each source.')
param name string

@description('Azure location: the source\'s, or global for a subscription.')
param location string

@description('Tags.')
param tags { *: string }

@description('The id of the event source.')
param source string

@description('The type of the source, as Event Grid names it.')
@allowed([
  'Microsoft.ContainerService.ManagedClusters'
  'Microsoft.Resources.Subscriptions'
])
param topicType string

@description('The event types to deliver.')
param eventTypes string[]

@description('Parts of a resource id. Delivers events whose subject contains one of them. Empty delivers all.')
@maxLength(25)
param subjectsWith string[] = []

@description('The id of the function that receives the events. Unused with a webhook.')
param functionId string

@description('The webhook that receives the events with an Entra token.')
@secure() // Event Grid treats every address of a webhook as a secret, although this one has no key
param webHookUrl string

@description('The Entra application of the webhook. Empty means that Event Grid delivers to the function, with its key.')
param webHookApplication string

@description('The tenant of the application.')
param tenantId string = tenant().tenantId

@description('The storage account of the app.')
param storageAccountName string

@description('The container for undelivered events.')
param deadLetterContainerName string

var maxEventsPerBatch = 1 // a failed event would repeat its whole batch
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
    type: 'SystemAssigned' // the storage account has no keys, so the topic writes dead letters with its identity
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
    destination: empty(webHookApplication)
      ? {
          endpointType: 'AzureFunction'
          properties: {
            resourceId: functionId
            maxEventsPerBatch: maxEventsPerBatch
          }
        }
      : {
          endpointType: 'WebHook'
          properties: {
            endpointUrl: webHookUrl
            azureActiveDirectoryTenantId: tenantId
            azureActiveDirectoryApplicationIdOrUri: webHookApplication
            maxEventsPerBatch: maxEventsPerBatch
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
    // An event that is a day old is useless: the resync has observed the cluster since.
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
