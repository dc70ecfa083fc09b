using './events.bicep'

// azd sets these from the outputs of main.bicep. Without azd, take them from `az deployment sub show`.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'meshport')
param functionAppName = readEnvironmentVariable('functionAppName', 'func-meshport')
param storageAccountName = readEnvironmentVariable('storageAccountName', 'stmeshport')
param eventsAudience = readEnvironmentVariable('eventsAudience', '')
param actionGroupId = readEnvironmentVariable('actionGroupId', '')
