// The alerts for operators. Each rule queries the logs for one kind of failure. Its description names the remedy.

@description('Azure location.')
param location string

@description('Tags.')
param tags { *: string }

@description('The Log Analytics workspace with the app\'s telemetry.')
param workspaceName string

@description('Mail addresses for alerts. Empty shows the alerts in the portal only.')
param emails string[]

var rules = {
  'poison-queue': {
    severity: 2
    description: 'MeshPort rejected messages of the queue meshport-exposures. See GET /api/rejections, correct them and send them again.'
    // MeshPort rejects messages that no retry can fix. The host moves messages that failed five times.
    query: '''
      union
        (AppMetrics | where Name == 'meshport.queue.rejections' | project TimeGenerated, Failures = Sum),
        (AppTraces | where Message has 'Message has reached MaxDequeueCount' | project TimeGenerated, Failures = 1.0)
    '''
  }
  'failed-keepers': {
    severity: 1
    description: 'A convergence failed unexpectedly, or a keeper was restarted. See the cluster\'s operation. Report a repeated error.'
    query: '''
      AppMetrics | where Name in ('meshport.keeper.restarts', 'meshport.convergence.abandoned') | project TimeGenerated, Failures = Sum
    '''
  }
  'port-reverts': {
    severity: 3
    description: 'The Istio add-on removed ports that MeshPort restored. If that interrupts clients, use strategy companionService.'
    query: '''
      AppMetrics | where Name == 'meshport.port.reverts' | project TimeGenerated, Failures = Sum
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
      skipQueryValidation: true // a new workspace has no tables until the first entries arrive
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: rule.value.query
            timeAggregation: 'Total'
            metricMeasureColumn: 'Failures'
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

@description('The action group, for further alerts (events.bicep).')
output actionGroupId string = people.id
