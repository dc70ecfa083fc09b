// MeshPort's rights in a subscription with its clusters. Self-contained: deploy it to each further subscription (infra/README.md).
targetScope = 'subscription'

@description('Object id of MeshPort\'s identity.')
param principalId string

@description('Further resource providers that MeshPort may register again after it registered one of their preview features.')
param featureProviders string[] = []

@description('Whether MeshPort may administer every cluster of the subscription through Azure RBAC.')
param grantKubernetesAccess bool = true

// The right to assign roles could grant every right. MeshPort may assign and remove only Network Contributor
// (functions/Arm/NetworkRole.cs), and only for service principals.
var onlyNetworkContributor = '''
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR
(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {4d97b98b-1d4f-4787-a291-c67834d212e7} AND
 @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))
AND
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR
(@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {4d97b98b-1d4f-4787-a291-c67834d212e7} AND
 @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))
'''

// functions/Kubernetes writes Services, Deployments and Istio's custom resources. The built-in Reader and Writer do not cover custom
// resources (learn.microsoft.com, "Use Azure RBAC for Kubernetes authorization").
var kubernetesClusterAdmin = 'b1ff04bb-8a4e-4dc1-8eb5-8693973ce19b'

resource operator 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'meshport-operator')
  properties: {
    // A role's name is unique in the tenant.
    roleName: 'MeshPort operator (${subscription().subscriptionId})'
    description: 'Creates, updates and removes AKS clusters with Istio, networks and features. Removes only what MeshPort created.'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {
        // The actions of functions/Arm/ArmActions.cs, which blocks all others. Each names the file that uses it.
        actions: concat(
          [
            // Network/EnsureNetwork: checks the cluster's resource group, and creates it if absent.
            'Microsoft.Resources/subscriptions/resourceGroups/read'
            'Microsoft.Resources/subscriptions/resourceGroups/write'
            // Network/RemoveNetwork: deletes a resource group that MeshPort created, once it is empty.
            'Microsoft.Resources/subscriptions/resourceGroups/resources/read'
            'Microsoft.Resources/subscriptions/resourceGroups/delete'
            // Network/EnsureNetwork: the virtual network and the nodes' subnet. Network/RemoveNetwork deletes those of MeshPort.
            'Microsoft.Network/virtualNetworks/read'
            'Microsoft.Network/virtualNetworks/write'
            'Microsoft.Network/virtualNetworks/delete'
            'Microsoft.Network/virtualNetworks/subnets/read'
            'Microsoft.Network/virtualNetworks/subnets/write'
            'Microsoft.Network/virtualNetworks/subnets/delete'
            // ManagedClusters/EnsureManagedCluster: a writer of a node pool with vnetSubnetID needs the right to join that subnet.
            'Microsoft.Network/virtualNetworks/subnets/join/action'
            // Network/EnsureNetwork, Firewall/SubnetFirewall, Network/RemoveNetwork: the security group of a subnet.
            'Microsoft.Network/networkSecurityGroups/read'
            'Microsoft.Network/networkSecurityGroups/write'
            'Microsoft.Network/networkSecurityGroups/delete'
            // Network/EnsureNetwork: a writer of a subnet with a security group needs the right to join the group.
            'Microsoft.Network/networkSecurityGroups/join/action'
            // Firewall/SubnetFirewall: one rule for each public address, deleted when nothing needs it.
            'Microsoft.Network/networkSecurityGroups/securityRules/write'
            'Microsoft.Network/networkSecurityGroups/securityRules/delete'
            // Mesh/EnsureGateways: the public IP address of a gateway. Network/RemoveNetwork deletes those of MeshPort.
            'Microsoft.Network/publicIPAddresses/read'
            'Microsoft.Network/publicIPAddresses/write'
            'Microsoft.Network/publicIPAddresses/delete'
            // Mesh/EnsureGateways: a writer of a public IP address from a prefix needs the right to join the prefix.
            'Microsoft.Network/publicIPPrefixes/join/action'
            // ManagedClusters/SubnetRolePlan: a new cluster's identity needs a role on its nodes' subnet; else gateways get no address. The
            // condition of the assignment below allows no other role. Mesh/AddressPlan: the same for the address of a gateway.
            // Network/RemoveNetwork takes it back.
            'Microsoft.Authorization/roleAssignments/read'
            'Microsoft.Authorization/roleAssignments/write'
            'Microsoft.Authorization/roleAssignments/delete'
            // ManagedClusters/ManagedClusterSnapshot: the principal of an identity that the spec names, which gets the role above.
            'Microsoft.ManagedIdentity/userAssignedIdentities/read'
            // ManagedClusters/EnsureManagedCluster: a writer of a cluster with a user-assigned identity needs the right to assign it.
            'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'
            // ManagedClusters/EnsureManagedCluster: the cluster with its pool and mesh. ManagedClusters/RemoveManagedCluster deletes it.
            'Microsoft.ContainerService/managedClusters/read'
            'Microsoft.ContainerService/managedClusters/write'
            'Microsoft.ContainerService/managedClusters/delete'
            // ManagedClusters/NodePoolPlan: the pools of the spec beside the first one.
            'Microsoft.ContainerService/managedClusters/agentPools/write'
            'Microsoft.ContainerService/managedClusters/agentPools/delete'
            // ManagedClusters/MaintenancePlan: the windows of the spec, each a resource below the cluster.
            'Microsoft.ContainerService/managedClusters/maintenanceConfigurations/read'
            'Microsoft.ContainerService/managedClusters/maintenanceConfigurations/write'
            'Microsoft.ContainerService/managedClusters/maintenanceConfigurations/delete'
            // ManagedClusters/EnsureManagedCluster: the error of a failed long-running write.
            'Microsoft.ContainerService/locations/operations/read'
            // ManagedClusters/ManagedClusterSnapshot: the mesh revision that fits the Kubernetes version.
            'Microsoft.ContainerService/locations/meshRevisionProfiles/read'
            // Kubernetes/ClusterConnections: the address and the certificate authority of the API server.
            'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action'
            // Features/EnsureFeature: registers preview features and polls them.
            'Microsoft.Features/providers/features/read'
            'Microsoft.Features/providers/features/register/action'
            // Features/EnsureRequiredProviders, Features/EnsureProvider: reads the states of the registrations below.
            'Microsoft.Resources/subscriptions/providers/read'
            // Features/EnsureRequiredProviders: a new cluster needs these; a new subscription has none of them.
            'Microsoft.ContainerService/register/action'
            'Microsoft.Network/register/action'
            'Microsoft.Compute/register/action'
            'Microsoft.ManagedIdentity/register/action'
          ],
          // Features/EnsureProvider: puts a new feature into effect.
          map(featureProviders, provider => '${provider}/register/action')
        )
      }
    ]
  }
}

resource operatorAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, operator.id)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal' // avoids a lookup, which fails for a new identity
    roleDefinitionId: operator.id
    condition: onlyNetworkContributor
    conditionVersion: '2.0'
  }
}

resource kubernetesAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (grantKubernetesAccess) {
  name: guid(subscription().id, principalId, kubernetesClusterAdmin)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', kubernetesClusterAdmin)
  }
}
