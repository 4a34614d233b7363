// Who may ask the Function App. No identity has a secret: AWS's STS vouches for the orchestrator's role,
// each cluster for the database's service account, and AKS for the takeover's.

param workload string
param location string
param awsIssuer string
param awsSubject string
param clusterIssuers object
param databaseSubject string
param takeoverSubject string

var audiences = [
  'api://AzureADTokenExchange'
]

resource caller 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'landbridge-${workload}-orchestrator'
  location: location
}

resource callerCredential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  parent: caller
  name: 'aws'
  properties: {
    issuer: awsIssuer
    subject: awsSubject
    audiences: audiences
  }
}

resource database 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'landbridge-${workload}-database'
  location: location
}

resource eksCredential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  parent: database
  name: 'eks'
  properties: {
    issuer: clusterIssuers.eks
    subject: databaseSubject
    audiences: audiences
  }
}

resource aksCredential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  parent: database
  name: 'aks'
  properties: {
    issuer: clusterIssuers.aks
    subject: databaseSubject
    audiences: audiences
  }
  // Entra takes one change of an identity's credentials at a time.
  dependsOn: [
    eksCredential
  ]
}

resource takeover 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'landbridge-${workload}-takeover'
  location: location
}

// Of AKS alone: a takeover runs nowhere else.
resource takeoverCredential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  parent: takeover
  name: 'aks'
  properties: {
    issuer: clusterIssuers.aks
    subject: takeoverSubject
    audiences: audiences
  }
}

output callerClientId string = caller.properties.clientId
output databaseClientId string = database.properties.clientId
output takeoverClientId string = takeover.properties.clientId
