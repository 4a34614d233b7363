// The standby's network, and the gateway of the way to AWS: two instances, each with an address of
// its own, so that one carries the traffic while the other is serviced.

param workload string
param location string
param network string

var gatewayName = 'landbridge-${workload}'
// A private autonomous system; AWS's stack has it as its customer gateways'.
var autonomousSystem = 65000
// Each instance has an address in both tunnels of AWS's connection to it.
var insideFirst = [
  '169.254.21.2'
  '169.254.22.2'
]
var insideSecond = [
  '169.254.21.6'
  '169.254.22.6'
]

resource virtualNetwork 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'landbridge-${workload}'
  location: location
  properties: {
    addressSpace: {
      addressPrefixes: [
        network
      ]
    }
    subnets: [
      {
        name: 'nodes'
        properties: {
          addressPrefix: cidrSubnet(network, 22, 0)
        }
      }
      {
        // The name is Azure's.
        name: 'GatewaySubnet'
        properties: {
          addressPrefix: cidrSubnet(network, 26, 63)
        }
      }
    ]
  }
}

resource firstAddress 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: 'landbridge-${workload}-vpn-1'
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

resource secondAddress 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: 'landbridge-${workload}-vpn-2'
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

resource gateway 'Microsoft.Network/virtualNetworkGateways@2024-05-01' = {
  name: gatewayName
  location: location
  properties: {
    gatewayType: 'Vpn'
    vpnType: 'RouteBased'
    sku: {
      name: 'VpnGw1AZ'
      tier: 'VpnGw1AZ'
    }
    activeActive: true
    enableBgp: true
    ipConfigurations: [
      {
        name: 'first'
        properties: {
          privateIPAllocationMethod: 'Dynamic'
          subnet: {
            id: '${virtualNetwork.id}/subnets/GatewaySubnet'
          }
          publicIPAddress: {
            id: firstAddress.id
          }
        }
      }
      {
        name: 'second'
        properties: {
          privateIPAllocationMethod: 'Dynamic'
          subnet: {
            id: '${virtualNetwork.id}/subnets/GatewaySubnet'
          }
          publicIPAddress: {
            id: secondAddress.id
          }
        }
      }
    ]
    bgpSettings: {
      asn: autonomousSystem
      bgpPeeringAddresses: [
        {
          ipconfigurationId: '${resourceId('Microsoft.Network/virtualNetworkGateways', gatewayName)}/ipConfigurations/first'
          customBgpIpAddresses: insideFirst
        }
        {
          ipconfigurationId: '${resourceId('Microsoft.Network/virtualNetworkGateways', gatewayName)}/ipConfigurations/second'
          customBgpIpAddresses: insideSecond
        }
      ]
    }
  }
}

output networkName string = virtualNetwork.name
output gatewayAddresses array = [
  firstAddress.properties.ipAddress
  secondAddress.properties.ipAddress
]
