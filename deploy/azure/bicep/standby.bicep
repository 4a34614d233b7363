// The standby from an empty subscription: network, AKS with warm nodes, the entry's addresses, and
// Azure's half of the way to AWS. In one resource group, before main.bicep:
//
//   az deployment group create --resource-group GROUP --template-file standby.bicep \
//     --parameters standby.parameters.json
//
// Those who have a cluster leave this file alone. link.bicep comes later, once AWS has its half.

targetScope = 'resourceGroup'

@description('The workload that fails over, as in cdk.json. Part of every name.')
@minLength(2)
@maxLength(31)
param workload string

@description('The standby\'s region.')
param location string = resourceGroup().location

@description('The virtual network: cdk.json, primary.vpn.azure_network.')
param network string = '10.32.0.0/16'

@description('The pods\' addresses, first half of cdk.json\'s primary.vpn.azure_cluster_network.')
param podNetwork string = '10.244.0.0/16'

@description('The services\' addresses, second half of it.')
param serviceNetwork string = '10.245.0.0/16'

@description('Entra groups that administer the cluster, by object id. Nobody else may at first.')
@minLength(1)
param administratorGroups array

@description('The nodes\' size. With the pods at zero they carry the database and the entry.')
param nodeSize string = 'Standard_D2s_v5'

@description('How many nodes are always there: warm, so that pods start at once.')
@minValue(2)
@maxValue(100)
param warmNodes int = 2

@description('How many there may be while Azure serves.')
@minValue(2)
@maxValue(100)
param mostNodes int = 8

@description('AKS\'s tier: the free one has no uptime agreement, and the gate lives here.')
@allowed([
  'Free'
  'Standard'
])
param tier string = 'Standard'

module networks 'network.bicep' = {
  name: 'landbridge-network'
  params: {
    workload: workload
    location: location
    network: network
  }
}

module cluster 'cluster.bicep' = {
  name: 'landbridge-cluster'
  params: {
    workload: workload
    location: location
    networkName: networks.outputs.networkName
    podNetwork: podNetwork
    serviceNetwork: serviceNetwork
    administratorGroups: administratorGroups
    nodeSize: nodeSize
    warmNodes: warmNodes
    mostNodes: mostNodes
    tier: tier
  }
}

@description('az aks get-credentials --name')
output clusterName string = cluster.outputs.clusterName

@description('main.parameters.json: site.aksUrl')
output clusterUrl string = cluster.outputs.clusterUrl

@description('main.parameters.json: clusterIssuers.aks')
output clusterIssuer string = cluster.outputs.clusterIssuer

@description('cdk.json: sites.azure.addresses')
output entryAddress string = cluster.outputs.entryAddress

@description('deploy/azure/entry.yaml: ENTRY_ADDRESS_NAME')
output entryAddressName string = cluster.outputs.entryAddressName

@description('deploy/azure/entry.yaml: DATABASE_ADDRESS_NAME')
output databaseAddressName string = cluster.outputs.databaseAddressName

@description('DNS: the name that cdk.json has in databases.azure.host')
output databaseAddress string = cluster.outputs.databaseAddress

@description('cdk.json: primary.vpn.azure_addresses')
output gatewayAddresses array = networks.outputs.gatewayAddresses
