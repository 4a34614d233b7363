// The Function App of landbridge and what it needs, in one resource group of the standby's region:
//
//   az deployment group create --resource-group GROUP --template-file main.bicep \
//     --parameters main.parameters.json
//
// The application registration that callers get tokens for is a tenant administrator's to make, and
// comes first (docs/security.md has the commands). No parameter, setting or output is a secret.

targetScope = 'resourceGroup'

@description('The workload that fails over, as in cdk.json. Part of every name.')
@minLength(2)
@maxLength(31)
param workload string

@description('The standby\'s region.')
param location string = resourceGroup().location

@description('The host name\'s first label: NAME.azurewebsites.net, unique in all of Azure.')
@minLength(2)
@maxLength(60)
param functionAppName string

@description('The client id of the Function App\'s own registration in Entra.')
param applicationId string

@description('The AWS account\'s issuer: aws iam get-outbound-web-identity-federation-info.')
param awsIssuer string

@description('The ARN that the orchestrator\'s stack has as output FunctionCallerRoleArn.')
param awsSubject string

@description('The issuers of service accounts\' tokens of both clusters: EKS\'s and AKS\'s.')
param clusterIssuers clusterIssuersType

@description('The database\'s service account on both clusters.')
param databaseSubject string = 'system:serviceaccount:orders:orders-database'

@description('The takeover\'s service account in AKS.')
param takeoverSubject string = 'system:serviceaccount:landbridge:landbridge-takeover'

@description('Programs by which persons with the role Operator may ask; the default is the Azure CLI.')
param personClients array = [
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
]

@description('What the timer may do by itself, as cdk.json has it under takeover.')
param timer timerType = {
  automatic: 'off'
  seconds: '30'
  webhookFormat: ''
  webhookUrl: ''
}

@description('Where AKS, the workload and the primary are.')
param site siteType

type clusterIssuersType = {
  eks: string
  aks: string
}

type siteType = {
  aksUrl: string
  aksCertificateAuthority: string
  gateNamespace: string
  deploymentNamespace: string
  deploymentName: string
  databaseNamespace: string
  databaseSet: string
  rebuildJob: string
  rehearsalJob: string
  primaryProbeUrl: string
  nameServers: string
  probeSeconds: string
}

// automatic is off, confirm or on. webhookUrl is a reference, @Microsoft.KeyVault(SecretUri=...), or
// empty: the URL itself is a secret.
type timerType = {
  automatic: string
  seconds: string
  webhookFormat: string
  webhookUrl: string
}

module monitoring 'monitoring.bicep' = {
  name: 'landbridge-monitoring'
  params: {
    workload: workload
    location: location
  }
}

module storage 'storage.bicep' = {
  name: 'landbridge-storage'
  params: {
    workload: workload
    location: location
  }
}

module identities 'identities.bicep' = {
  name: 'landbridge-identities'
  params: {
    workload: workload
    location: location
    awsIssuer: awsIssuer
    awsSubject: awsSubject
    clusterIssuers: clusterIssuers
    databaseSubject: databaseSubject
    takeoverSubject: takeoverSubject
  }
}

module functionApp 'function-app.bicep' = {
  name: 'landbridge-function-app'
  params: {
    functionAppName: functionAppName
    location: location
    applicationId: applicationId
    callers: concat(
      [
        identities.outputs.callerClientId
        identities.outputs.databaseClientId
        identities.outputs.takeoverClientId
      ],
      personClients
    )
    storageName: storage.outputs.storageName
    containerName: storage.outputs.containerName
    insightsName: monitoring.outputs.insightsName
    site: site
    timer: timer
  }
}

@description('cdk.json: function_app.host')
output host string = functionApp.outputs.host

@description('cdk.json: function_app.client_id')
output callerClientId string = identities.outputs.callerClientId

@description('ConfigMap orders-database-settings: AZURE_CLIENT_ID')
output databaseClientId string = identities.outputs.databaseClientId

@description('cdk.json: takeover.client_id')
output takeoverClientId string = identities.outputs.takeoverClientId

@description('The subject of gate.yaml\'s role bindings: AKS knows the Function App by this id.')
output functionAppPrincipalId string = functionApp.outputs.principalId
