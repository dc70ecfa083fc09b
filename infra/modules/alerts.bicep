// What a person has to know of: each rule asks the logs for one trouble, and names what to do in its description.

@description('Azure location.')
param location string

@description('Tags.')
param tags { *: string }

@description('The Log Analytics workspace that the app\'s telemetry lies in.')
param workspaceName string

@description('Who is told by mail. Empty: the alerts show in the portal only.')
param emails string[]

var rules = {
  'poison-queue': {
    severity: 2
    description: 'Messages of the queue meshport-exposures were refused. GET /api/rejections tells why; mend and send them again.'
    // MeshPort refuses what no repetition would mend; the host moves what failed five times.
    query: '''
      union
        (AppMetrics | where Name == 'meshport.queue.rejections' | project TimeGenerated, Troubles = Sum),
        (AppTraces | where Message has 'Message has reached MaxDequeueCount' | project TimeGenerated, Troubles = 1.0)
    '''
  }
  'failed-keepers': {
    severity: 1
    description: 'A convergence failed unexpectedly, or a keeper had to be started again. The operation of the cluster names the error; if it stays, it is a bug of MeshPort.'
    query: '''
      AppMetrics | where Name in ('meshport.keeper.restarts', 'meshport.convergence.abandoned') | project TimeGenerated, Troubles = Sum
    '''
  }
  'port-reverts': {
    severity: 3
    description: 'The Istio add-on dropped ports of MeshPort from its Service, and MeshPort put them back. If that interrupts clients, use strategy companionService.'
    query: '''
      AppMetrics | where Name == 'meshport.port.reverts' | project TimeGenerated, Troubles = Sum
    '''
  }
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-meshport'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'meshport'
    enabled: true
    emailReceivers: [
      for (email, index) in emails: {
        name: 'mail${index}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in items(rules): {
    name: 'alert-meshport-${rule.key}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'MeshPort: ${replace(rule.key, '-', ' ')}'
      description: rule.value.description
      severity: rule.value.severity
      enabled: true
      scopes: [
        workspace.id
      ]
      skipQueryValidation: true // the workspace may be as new as the rule, and its tables come with the first entries
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: rule.value.query
            timeAggregation: 'Total'
            metricMeasureColumn: 'Troubles'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              minFailingPeriodsToAlert: 1
              numberOfEvaluationPeriods: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [
          people.id
        ]
      }
    }
  }
]

@description('Who is told, for further alerts (events.bicep).')
output actionGroupId string = people.id
