using './main.bicep'

// azd sets both. Without azd: AZURE_ENV_NAME=prod AZURE_LOCATION=westeurope az deployment sub create ...
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'meshport')
param location = readEnvironmentVariable('AZURE_LOCATION', 'eastus2')

// Each deployment replaces all settings of the app. Write your values here, or set the variables before each deployment, with azd by
// `azd env set accessAudience api://meshport`.
param accessAudience = readEnvironmentVariable('accessAudience', '')
param eventsAudience = readEnvironmentVariable('eventsAudience', '')
param consoleClientId = readEnvironmentVariable('consoleClientId', '')
param publicUrl = readEnvironmentVariable('publicUrl', '')
param egressAddresses = readEnvironmentVariable('egressAddresses', '')

// Further settings of the app, named as variables of the environment (docs/operations.md, Settings).
param settings = {
  // MeshPort__PortBudget: '480'
  // MeshPort__Resync__ManagedService: 'PT5M'
  // MeshPort__Access__Operator__Namespaces: 'shop,orders'
  // 'AzureWebJobs.Console.Disabled': 'true'
}
