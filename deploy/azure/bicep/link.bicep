// The way between the clouds, Azure's end: a connection for each of AWS's four tunnels. It comes
// after standby.bicep and after the stack Primary with its part `vpn`. docs/first-day.md has the
// command, which reads AWS's addresses and keys and hands them over in a file that nobody keeps.

targetScope = 'resourceGroup'

@description('The workload that fails over, as in standby.bicep.')
@minLength(2)
@maxLength(31)
param workload string

@description('The standby\'s region.')
param location string = resourceGroup().location

@description('The outside addresses of AWS\'s tunnels: both of the first connection, then the second\'s.')
@minLength(4)
@maxLength(4)
param outsideAddresses array

@description('The first connection\'s first tunnel\'s key. AWS made each of the four.')
@secure()
param firstKey string

@description('The first connection\'s second tunnel\'s key.')
@secure()
param secondKey string

@description('The second connection\'s first tunnel\'s key.')
@secure()
param thirdKey string

@description('The second connection\'s second tunnel\'s key.')
@secure()
param fourthKey string

// Within each tunnel AWS has the first address of four, Azure's instances have these.
var inFirstTunnels = [
  '169.254.21.2'
  '169.254.21.6'
]
var inSecondTunnels = [
  '169.254.22.2'
  '169.254.22.6'
]

module first 'tunnel.bicep' = {
  name: 'landbridge-tunnel-1'
  params: {
    workload: workload
    location: location
    tunnel: '1'
    outsideAddress: outsideAddresses[0]
    insideAddress: '169.254.21.1'
    azureAddresses: inFirstTunnels
    key: firstKey
  }
}

module second 'tunnel.bicep' = {
  name: 'landbridge-tunnel-2'
  params: {
    workload: workload
    location: location
    tunnel: '2'
    outsideAddress: outsideAddresses[1]
    insideAddress: '169.254.22.1'
    azureAddresses: inSecondTunnels
    key: secondKey
  }
}

module third 'tunnel.bicep' = {
  name: 'landbridge-tunnel-3'
  params: {
    workload: workload
    location: location
    tunnel: '3'
    outsideAddress: outsideAddresses[2]
    insideAddress: '169.254.21.5'
    azureAddresses: inFirstTunnels
    key: thirdKey
  }
}

module fourth 'tunnel.bicep' = {
  name: 'landbridge-tunnel-4'
  params: {
    workload: workload
    location: location
    tunnel: '4'
    outsideAddress: outsideAddresses[3]
    insideAddress: '169.254.22.5'
    azureAddresses: inSecondTunnels
    key: fourthKey
  }
}
