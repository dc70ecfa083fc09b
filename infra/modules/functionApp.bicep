// The function app on Flex Consumption. It has no secret: it uses its identity for storage, telemetry, Azure and clusters.

@description('Name of the function app; also its host name.')
param name string

@description('Name of its plan.')
param planName string

@description('Azure location.')
param location string

@description('Tags.')
param tags { *: string }

@description('Memory of one instance in MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int

@description('The most instances of the app.')
param maximumInstanceCount int

@description('The user-assigned identity that the app runs as.')
param identityName string

@description('The app\'s storage account.')
param storageAccountName string

@description('The blob container with the deployed package.')
param deploymentContainerName string

@description('The Application Insights component that the app writes to.')
param insightsName string

@description('The app\'s subnet, delegated to Microsoft.App/environments. Empty means none.')
param subnetId string

@description('The audience of callers\' access tokens. Empty requires no token.')
param accessAudience string

@description('The audience of the tokens of Event Grid\'s deliveries. Empty means that Event Grid delivers with the function\'s key.')
param eventsAudience string

@description('The Entra application by which people sign in to the console. Empty means that the console asks for the key only.')
param consoleClientId string

@description('The API\'s address for callers. Empty means the function app\'s own address.')
param publicUrl string

@description('The addresses from which API servers see the app come. Empty means that the app does not know them.')
param egressAddresses string

@description('Further settings of the app (docs/operations.md, Settings).')
param settings { *: string }

@description('The store of orchestration histories. Null means the app\'s storage.')
param scheduler { endpoint: string, taskHubName: string }?

// Settings override host.json (learn.microsoft.com, "App settings reference for Azure Functions", AzureFunctionsJobHost__*).
var durableTask = 'AzureFunctionsJobHost__extensions__durableTask'
var schedulerConnection = 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
var schedulerSettings = scheduler == null
  ? {}
  : {
      '${durableTask}__hubName': scheduler!.taskHubName
      '${durableTask}__storageProvider__type': 'azureManaged'
      '${durableTask}__storageProvider__connectionStringName': schedulerConnection
      '${schedulerConnection}': 'Endpoint=${scheduler!.endpoint};Authentication=ManagedIdentity;ClientID=${identity.properties.clientId}'
    }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageAccountName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true // Linux, the only operating system of this plan
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // azd finds the service of azure.yaml by this tag.
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
  }

  // Azure replaces all settings of the app. Of two settings with the same name, the later one wins.
  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(settings, schedulerSettings, {
      // The storage of the host and of Durable Functions: by name and identity, not by key.
      AzureWebJobsStorage__accountName: storage.name
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      // functions/Arm/AzureOptions.cs: the app's identity for Azure and the clusters.
      MeshPort__Azure__ClientId: identity.properties.clientId
      // functions/State/StateStores.cs: desired state is in a table of the host's storage, which all instances share.
      MeshPort__State: 'tables'
      // functions/Access/AccessOptions.cs: the callers' access (docs/security.md).
      MeshPort__Access__Audience: accessAudience
      MeshPort__Access__TenantId: tenant().tenantId
      MeshPort__Access__Events__Audience: eventsAudience
      // functions/WebConsole/ConsoleOptions.cs: the sign-in of the console (docs/console.md).
      MeshPort__Console__ClientId: consoleClientId
      // functions/Api/PublicAddress.cs: the address in links.
      MeshPort__PublicUrl: publicUrl
      // functions/Kubernetes/EgressAddresses.cs: checked against the authorized IP ranges of clusters.
      MeshPort__EgressAddresses: egressAddresses
    })
  }

  // Deployment accepts only Entra tokens, and rejects user names and passwords.
  resource ftpPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource scmPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }
}

@description('Name of the function app.')
output name string = app.name

@description('The address of the app.')
output endpoint string = 'https://${app.properties.defaultHostName}'
