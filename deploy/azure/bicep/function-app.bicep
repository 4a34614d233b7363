// The Function App: Flex Consumption, Python, its own managed identity, no key that anybody is given.

param functionAppName string
param location string
param applicationId string
param callers array
param storageName string
param containerName string
param insightsName string
param site object
param timer object

// Azure's built-in roles.
var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: functionAppName
  location: location
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: functionAppName
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${account.properties.primaryEndpoints.blob}${containerName}'
          authentication: {
            type: 'SystemAssignedIdentity'
          }
        }
      }
      scaleAndConcurrency: {
        // Strangers who ask for the vetoes can cost so much and no more.
        maximumInstanceCount: 40
        instanceMemoryMB: 2048
        // A cold start is part of the outage, and health checkers ask all the time.
        alwaysReady: [
          {
            name: 'http'
            instanceCount: 1
          }
        ]
      }
      runtime: {
        name: 'python'
        version: '3.12'
      }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: {
    AzureWebJobsStorage__accountName: account.name
    AzureWebJobsStorage__credential: 'managedidentity'
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD'
    LANDBRIDGE_TENANT_ID: tenant().tenantId
    LANDBRIDGE_AUTHORITY: environment().authentication.loginEndpoint
    LANDBRIDGE_APPLICATION_ID: applicationId
    LANDBRIDGE_CALLERS: join(callers, ',')
    LANDBRIDGE_AKS_URL: site.aksUrl
    LANDBRIDGE_AKS_CA: site.aksCertificateAuthority
    LANDBRIDGE_GATE_NAMESPACE: site.gateNamespace
    LANDBRIDGE_DEPLOYMENT_NAMESPACE: site.deploymentNamespace
    LANDBRIDGE_DEPLOYMENT_NAME: site.deploymentName
    LANDBRIDGE_DATABASE_NAMESPACE: site.databaseNamespace
    LANDBRIDGE_DATABASE_SET: site.databaseSet
    LANDBRIDGE_REBUILD_JOB: site.rebuildJob
    LANDBRIDGE_REHEARSAL_JOB: site.rehearsalJob
    LANDBRIDGE_PRIMARY_PROBE_URL: site.primaryProbeUrl
    LANDBRIDGE_NAME_SERVERS: site.nameServers
    LANDBRIDGE_PROBE_SECONDS: site.probeSeconds
    LANDBRIDGE_VETO_REQUESTS_PER_SECOND: '10'
    LANDBRIDGE_AUTOMATIC: timer.automatic
    LANDBRIDGE_TIMER_SECONDS: timer.seconds
    LANDBRIDGE_WEBHOOK_FORMAT: timer.webhookFormat
    LANDBRIDGE_WEBHOOK_URL: timer.webhookUrl
  }
  // The host reads its storage as soon as it has settings.
  dependsOn: [
    storageRole
    insightsRole
  ]
}

resource storageRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, app.id, blobDataOwner)
  scope: account
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataOwner)
  }
}

resource insightsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, app.id, monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
}

// A package is published with Entra's word alone, never with a password.
resource publishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

output host string = app.properties.defaultHostName
output principalId string = app.identity.principalId
