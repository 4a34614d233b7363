// One tunnel to AWS: whom Azure's gateway speaks with, how, and with which key.

param workload string
param location string
param tunnel string
param outsideAddress string
param insideAddress string
param azureAddresses array

@secure()
param key string

// AWS's default private autonomous system.
var awsAutonomousSystem = 64512

resource gateway 'Microsoft.Network/virtualNetworkGateways@2024-05-01' existing = {
  name: 'landbridge-${workload}'
}

resource peer 'Microsoft.Network/localNetworkGateways@2024-05-01' = {
  name: 'landbridge-${workload}-aws-${tunnel}'
  location: location
  properties: {
    gatewayIpAddress: outsideAddress
    bgpSettings: {
      asn: awsAutonomousSystem
      bgpPeeringAddress: insideAddress
    }
  }
}

resource connection 'Microsoft.Network/connections@2024-05-01' = {
  name: 'landbridge-${workload}-aws-${tunnel}'
  location: location
  properties: {
    connectionType: 'IPsec'
    connectionProtocol: 'IKEv2'
    virtualNetworkGateway1: {
      id: gateway.id
      properties: {}
    }
    localNetworkGateway2: {
      id: peer.id
      properties: {}
    }
    sharedKey: key
    enableBgp: true
    gatewayCustomBgpIpAddresses: [
      {
        ipConfigurationId: '${gateway.id}/ipConfigurations/first'
        customBgpIpAddress: azureAddresses[0]
      }
      {
        ipConfigurationId: '${gateway.id}/ipConfigurations/second'
        customBgpIpAddress: azureAddresses[1]
      }
    ]
    // What both clouds have by default would let them agree on less.
    ipsecPolicies: [
      {
        ikeEncryption: 'AES256'
        ikeIntegrity: 'SHA256'
        dhGroup: 'DHGroup14'
        ipsecEncryption: 'GCMAES256'
        ipsecIntegrity: 'GCMAES256'
        pfsGroup: 'PFS14'
        saLifeTimeSeconds: 3600
        saDataSizeKilobytes: 102400000
      }
    ]
  }
}
