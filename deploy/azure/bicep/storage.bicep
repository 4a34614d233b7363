// The Function App's package and its host's own state. Keys are off: who reads or writes has a role.

param workload string
param location string

var containerName = 'package'

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'lb${uniqueString(resourceGroup().id, workload)}'
  location: location
  kind: 'StorageV2'
  sku: {
    // The standby's region may lose a zone in the very hour in which it is needed.
    name: 'Standard_ZRS'
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: containerName
  properties: {
    publicAccess: 'None'
  }
}

output storageName string = account.name
output containerName string = container.name
