// The alerts for operators. Each rule queries the telemetry for one kind of failure. docs/runbook.md has a section for each rule, of the
// same name, and docs/telemetry.md the objectives. infra/dashboards/alerts.yaml has the same rules for Prometheus.

@description('Azure location.')
param location string

@description('Tags.')
param tags { *: string }

@description('The Log Analytics workspace with the app\'s telemetry.')
param workspaceName string

@description('Mail addresses for alerts. Empty shows the alerts in the portal only.')
param emails string[]

@description('Whether the rules run. Each costs money (docs/operations.md).')
param isOn bool

var runbook = 'docs/runbook.md'

// column: the column that the threshold is for; empty counts the rows. by: the column that makes an alert for each of its values.
// periods: how many windows in a row must fail. Gauges have a value in each, so a new cluster does not alert before they have passed.
// That is true for every resync: ClusterInstruments.cs exports the last counts each minute. A value is as old as the last look.
var rules = {
  'port-unreachable': {
    severity: 1
    description: 'Exposures of a cluster were not ready for half an hour. Clients may not be served.'
    window: 'PT5M'
    periods: 6
    column: 'Exposures'
    by: ['Cluster']
    aggregation: 'Minimum'
    operator: 'GreaterThan'
    threshold: 0
    query: '''
      AppMetrics
      | where Name == 'meshport.exposures' and tostring(Properties['meshport.state']) == 'not_ready'
      | project TimeGenerated, Cluster = tostring(Properties['meshport.cluster']), Exposures = Sum
    '''
  }
  'port-unknown': {
    severity: 3
    description: 'MeshPort could not tell for an hour whether exposures of a cluster are reachable.'
    window: 'PT10M'
    periods: 6
    column: 'Exposures'
    by: ['Cluster']
    aggregation: 'Minimum'
    operator: 'GreaterThan'
    threshold: 0
    query: '''
      AppMetrics
      | where Name == 'meshport.exposures' and tostring(Properties['meshport.state']) == 'unknown'
      | project TimeGenerated, Cluster = tostring(Properties['meshport.cluster']), Exposures = Sum
    '''
  }
  'cluster-not-ready': {
    severity: 2
    description: 'A cluster has not been ready for two hours. The metric names the five that wait longest.'
    window: 'PT5M'
    periods: 3
    column: 'Seconds'
    by: ['Cluster']
    aggregation: 'Minimum'
    operator: 'GreaterThan'
    threshold: 7200
    query: '''
      AppMetrics
      | where Name == 'meshport.unready.age'
      | project TimeGenerated, Cluster = tostring(Properties['meshport.cluster']), Seconds = Sum
    '''
  }
  'slow-ready': {
    severity: 3
    description: 'Requests for exposures of existing clusters that succeeded took more than three minutes on average.'
    window: 'PT1H'
    periods: 1
    column: 'Seconds'
    by: []
    aggregation: 'Average'
    operator: 'GreaterThan'
    threshold: 180
    // A request that fails has waited for its deadline. Its exposures are not ready: see port-unreachable.
    query: '''
      AppMetrics
      | where Name == 'meshport.request.duration' and tostring(Properties['meshport.request']) == 'exposures'
      | where tostring(Properties['meshport.outcome']) == 'succeeded'
      | project TimeGenerated, Seconds = Sum / ItemCount
    '''
  }
  'stuck-requests': {
    severity: 2
    description: 'A request is older than four hours and not finished.'
    window: 'PT5M'
    periods: 3
    column: 'Seconds'
    by: []
    aggregation: 'Minimum'
    operator: 'GreaterThan'
    threshold: 14400
    query: '''
      AppMetrics | where Name == 'meshport.backlog.age' | project TimeGenerated, Seconds = Sum
    '''
  }
  'late-resync': {
    severity: 2
    description: 'The next look at a cluster is overdue for more than five minutes. MeshPort does not notice drift there.'
    window: 'PT5M'
    periods: 3
    column: 'Seconds'
    by: ['Cluster']
    aggregation: 'Minimum'
    operator: 'GreaterThan'
    threshold: 300
    query: '''
      AppMetrics
      | where Name == 'meshport.resync.delay'
      | project TimeGenerated, Cluster = tostring(Properties['meshport.cluster']), Seconds = Sum
    '''
  }
  silent: {
    severity: 1
    description: 'MeshPort has reported nothing for a quarter of an hour. It does not run, or its telemetry is lost.'
    window: 'PT15M'
    periods: 1
    column: ''
    by: []
    aggregation: 'Count'
    operator: 'LessThan'
    threshold: 1
    query: '''
      AppMetrics | where Name == 'meshport.clusters'
    '''
  }
  'expiring-certificate': {
    severity: 2
    description: 'A certificate of a gateway expires within two weeks.'
    window: 'PT10M'
    periods: 6
    column: 'Seconds'
    by: ['Cluster']
    aggregation: 'Minimum'
    operator: 'LessThan'
    threshold: 1209600
    query: '''
      AppMetrics
      | where Name == 'meshport.certificate.remaining'
      | project TimeGenerated, Cluster = tostring(Properties['meshport.cluster']), Seconds = Sum
    '''
  }
  'full-ports': {
    severity: 3
    description: 'A cluster has less than a tenth of its ports left. MeshPort refuses exposures beyond the budget.'
    window: 'PT5M'
    periods: 3
    column: 'Share'
    by: ['Cluster']
    aggregation: 'Maximum'
    operator: 'LessThan'
    threshold: json('0.1')
    query: '''
      AppMetrics
      | where Name == 'meshport.ports.free.share'
      | project TimeGenerated, Cluster = tostring(Properties['meshport.cluster']), Share = Sum
    '''
  }
  'poison-queue': {
    severity: 2
    description: 'MeshPort rejected messages of the queue meshport-exposures. See GET /api/rejections, correct them and send them again.'
    window: 'PT15M'
    periods: 1
    column: 'Failures'
    by: []
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    // MeshPort rejects messages that no retry can fix. The host moves messages that failed 120 times (host.json).
    query: '''
      union
        (AppMetrics | where Name == 'meshport.queue.rejections' | project TimeGenerated, Failures = Sum),
        (AppTraces | where Message has 'Message has reached MaxDequeueCount' | project TimeGenerated, Failures = 1.0)
    '''
  }
  'failed-keepers': {
    severity: 1
    description: 'A convergence failed unexpectedly, or a keeper was restarted. See the cluster\'s operation. Report a repeated error.'
    window: 'PT15M'
    periods: 1
    column: 'Failures'
    by: []
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    query: '''
      AppMetrics | where Name in ('meshport.keeper.restarts', 'meshport.convergence.abandoned') | project TimeGenerated, Failures = Sum
    '''
  }
  'port-reverts': {
    severity: 3
    description: 'The Istio add-on removed ports that MeshPort restored. If that interrupts clients, use strategy companionService.'
    window: 'PT15M'
    periods: 1
    column: 'Failures'
    by: []
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
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
      description: '${rule.value.description} Runbook: ${runbook}#${rule.key}'
      severity: rule.value.severity
      enabled: isOn
      scopes: [
        workspace.id
      ]
      skipQueryValidation: true // a new workspace has no tables until the first entries arrive
      evaluationFrequency: 'PT5M'
      windowSize: rule.value.window
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: rule.value.query
            timeAggregation: rule.value.aggregation
            metricMeasureColumn: empty(rule.value.column) ? null : rule.value.column
            dimensions: map(rule.value.by, column => { name: column, operator: 'Include', values: ['*'] })
            operator: rule.value.operator
            threshold: rule.value.threshold
            failingPeriods: {
              minFailingPeriodsToAlert: rule.value.periods
              numberOfEvaluationPeriods: rule.value.periods
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
