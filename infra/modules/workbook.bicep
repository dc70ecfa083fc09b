// The workbook for operators: what the app has reported, and what it costs. infra/dashboards/workbook.json is its content.

@description('Azure location.')
param location string

@description('Tags.')
param tags { *: string }

@description('The Log Analytics workspace with the app\'s telemetry.')
param workspaceName string

@description('The function app, whose executions are charged.')
param functionAppName string

@description('The app\'s storage account, whose transactions are charged.')
param storageAccountName string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageAccountName
}

// The content names resources by these texts.
var places = {
  '<workspace>': workspace.id
  '<app>': app.id
  '<storage>': storage.id
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspace.id, 'meshport') // a workbook's name must be a GUID
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'MeshPort'
    category: 'workbook'
    version: 'Notebook/1.0'
    sourceId: workspace.id
    serializedData: reduce(
      items(places),
      loadTextContent('../dashboards/workbook.json'),
      (content, place) => replace(content, place.key, place.value)
    )
  }
}
