// The standby's cluster: nodes that always run, Entra alone for who comes in, an issuer that Entra
// takes for the database's service account, and the two addresses by which it is reached.

param workload string
param location string
param networkName string
param podNetwork string
param serviceNetwork string
param administratorGroups array
param nodeSize string
param warmNodes int
param mostNodes int
param tier string

// Azure's built-in roles. The first joins the nodes to the subnet and load balancers to the
// addresses; with the other the cluster finds the addresses by their names.
var networkContributor = '4d97b98b-1d4f-4787-a291-c67834d212e7'
var reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'

resource virtualNetwork 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {
  name: networkName
}

resource controlPlane 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'landbridge-${workload}-aks'
  location: location
}

resource networkRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(virtualNetwork.id, controlPlane.id, networkContributor)
  scope: virtualNetwork
  properties: {
    principalId: controlPlane.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', networkContributor)
  }
}

resource readerRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, controlPlane.id, reader)
  properties: {
    principalId: controlPlane.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', reader)
  }
}

resource entry 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: 'landbridge-${workload}-entry'
  location: location
  sku: {
    name: 'Standard'
  }
  zones: [
    '1'
    '2'
    '3'
  ]
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

resource entryRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(entry.id, controlPlane.id, networkContributor)
  scope: entry
  properties: {
    principalId: controlPlane.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', networkContributor)
  }
}

resource database 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: 'landbridge-${workload}-database'
  location: location
  sku: {
    name: 'Standard'
  }
  zones: [
    '1'
    '2'
    '3'
  ]
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

resource databaseRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(database.id, controlPlane.id, networkContributor)
  scope: database
  properties: {
    principalId: controlPlane.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', networkContributor)
  }
}

resource cluster 'Microsoft.ContainerService/managedClusters@2024-09-01' = {
  name: 'landbridge-${workload}'
  location: location
  sku: {
    name: 'Base'
    tier: tier
  }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${controlPlane.id}': {}
    }
  }
  properties: {
    dnsPrefix: 'landbridge-${workload}'
    enableRBAC: true
    // No certificate that is good for ever: persons and the Function App show Entra's tokens.
    disableLocalAccounts: true
    aadProfile: {
      managed: true
      // What each may do, Kubernetes' own roles say: deploy/azure.
      enableAzureRBAC: false
      adminGroupObjectIDs: administratorGroups
      tenantID: tenant().tenantId
    }
    oidcIssuerProfile: {
      enabled: true
    }
    securityProfile: {
      workloadIdentity: {
        enabled: true
      }
    }
    // An upgrade drains nodes, which the database's disruption budget does not let happen by itself:
    // somebody does it, when AWS's commits may wait for a moment.
    autoUpgradeProfile: {
      upgradeChannel: 'none'
      nodeOSUpgradeChannel: 'None'
    }
    storageProfile: {
      diskCSIDriver: {
        enabled: true
      }
    }
    networkProfile: {
      networkPlugin: 'azure'
      networkPluginMode: 'overlay'
      networkDataplane: 'cilium'
      networkPolicy: 'cilium'
      podCidr: podNetwork
      serviceCidr: serviceNetwork
      dnsServiceIP: cidrHost(serviceNetwork, 9)
      loadBalancerSku: 'standard'
      outboundType: 'loadBalancer'
    }
    agentPoolProfiles: [
      {
        name: 'nodes'
        mode: 'System'
        type: 'VirtualMachineScaleSets'
        osType: 'Linux'
        osSKU: 'AzureLinux'
        vmSize: nodeSize
        osDiskSizeGB: 64
        vnetSubnetID: '${virtualNetwork.id}/subnets/nodes'
        availabilityZones: [
          '1'
          '2'
          '3'
        ]
        // Never fewer than the warm ones; more while Azure serves and asks for them.
        enableAutoScaling: true
        count: warmNodes
        minCount: warmNodes
        maxCount: mostNodes
      }
    ]
  }
  // Nodes are joined to the subnet as the cluster is made.
  dependsOn: [
    networkRole
  ]
}

output clusterName string = cluster.name
output clusterUrl string = 'https://${cluster.properties.fqdn}:443'
output clusterIssuer string = cluster.properties.oidcIssuerProfile.issuerURL
output entryAddress string = entry.properties.ipAddress
output entryAddressName string = entry.name
output databaseAddress string = database.properties.ipAddress
output databaseAddressName string = database.name
