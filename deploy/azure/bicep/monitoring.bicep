// Where the Function App's log goes. Whoever writes needs a role: there is no key.

param workload string
param location string

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'landbridge-${workload}'
  location: location
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: 90
    features: {
      disableLocalAuth: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'landbridge-${workload}'
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: logs.id
    DisableLocalAuth: true
  }
}

output insightsName string = insights.name
