using './main.bicep'

// azd sets both. Without azd: AZURE_ENV_NAME=prod AZURE_LOCATION=westeurope az deployment sub create ...
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'meshport')
param location = readEnvironmentVariable('AZURE_LOCATION', 'eastus2')
