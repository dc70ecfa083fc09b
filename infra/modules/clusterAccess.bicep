// What MeshPort may do in a subscription whose clusters it keeps. Complete in itself: deploy it into every further subscription (infra/README.md).
targetScope = 'subscription'

@description('Object id of MeshPort\'s identity.')
param principalId string

@description('Resource providers that may be registered again after one of their preview features was.')
param featureProviders string[] = [
  'Microsoft.ContainerService'
]

@description('Whether MeshPort may administer every cluster of the subscription through Azure RBAC.')
param grantKubernetesAccess bool = true

// Who may give roles could give itself every right: MeshPort gives and takes back Network Contributor (functions/Arm/SubnetRole.cs) alone, and to no person.
var onlyNetworkContributor = '''
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR
 (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {4d97b98b-1d4f-4787-a291-c67834d212e7} AND
  @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))
AND
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR
 (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {4d97b98b-1d4f-4787-a291-c67834d212e7} AND
  @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))
'''

// functions/Kubernetes writes Services, Deployments and Istio's custom resources. The built-in Reader and Writer do not cover custom resources
// (learn.microsoft.com, "Use Azure RBAC for Kubernetes authorization").
var kubernetesClusterAdmin = 'b1ff04bb-8a4e-4dc1-8eb5-8693973ce19b'

resource operator 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'meshport-operator')
  properties: {
    // A role's name is unique in the tenant.
    roleName: 'MeshPort operator (${subscription().subscriptionId})'
    description: 'Makes, updates and removes AKS clusters with the Istio add-on, their network and their preview features. What it has not made, MeshPort does not remove.'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {
        // Those of functions/Arm/ArmActions.cs, which lets no other request out; each with the file that asks for it.
        actions: concat(
          [
            // Network/EnsureNetwork: the cluster's resource group is looked for, and made where it is absent.
            'Microsoft.Resources/subscriptions/resourceGroups/read'
            'Microsoft.Resources/subscriptions/resourceGroups/write'
            // Network/RemoveNetwork: a resource group that MeshPort has made goes when nothing is left in it.
            'Microsoft.Resources/subscriptions/resourceGroups/resources/read'
            'Microsoft.Resources/subscriptions/resourceGroups/delete'
            // Network/EnsureNetwork: the virtual network and the nodes' subnet; Network/RemoveNetwork takes back what MeshPort has made of them.
            'Microsoft.Network/virtualNetworks/read'
            'Microsoft.Network/virtualNetworks/write'
            'Microsoft.Network/virtualNetworks/delete'
            'Microsoft.Network/virtualNetworks/subnets/read'
            'Microsoft.Network/virtualNetworks/subnets/write'
            'Microsoft.Network/virtualNetworks/subnets/delete'
            // ManagedClusters/EnsureManagedCluster: who writes a node pool with vnetSubnetID needs the right to join that subnet.
            'Microsoft.Network/virtualNetworks/subnets/join/action'
            // Network/EnsureNetwork: the security group that the spec names for a new subnet; Firewall/EnsureNetworkOpen reads the group of any; Network/RemoveNetwork.
            'Microsoft.Network/networkSecurityGroups/read'
            'Microsoft.Network/networkSecurityGroups/write'
            'Microsoft.Network/networkSecurityGroups/delete'
            // Network/EnsureNetwork: who writes a subnet with a security group needs the right to join the group.
            'Microsoft.Network/networkSecurityGroups/join/action'
            // Firewall/EnsureNetworkOpen: a rule for each address that clients come to, and none when nothing wants it any more.
            'Microsoft.Network/networkSecurityGroups/securityRules/write'
            'Microsoft.Network/networkSecurityGroups/securityRules/delete'
            // ManagedClusters/SubnetRolePlan: a new cluster's identity needs a role on its nodes' subnet, or its gateways get no address. The
            // condition of the assignment below allows no other role. Network/RemoveNetwork takes it back.
            'Microsoft.Authorization/roleAssignments/read'
            'Microsoft.Authorization/roleAssignments/write'
            'Microsoft.Authorization/roleAssignments/delete'
            // ManagedClusters/EnsureManagedCluster: the cluster with its node pool, mesh and gateways; ManagedClusters/RemoveManagedCluster deletes one that MeshPort has made.
            'Microsoft.ContainerService/managedClusters/read'
            'Microsoft.ContainerService/managedClusters/write'
            'Microsoft.ContainerService/managedClusters/delete'
            // ManagedClusters/EnsureManagedCluster: why a long-running write failed.
            'Microsoft.ContainerService/locations/operations/read'
            // ManagedClusters/ManagedClusterSnapshot: the mesh revision that fits the Kubernetes version.
            'Microsoft.ContainerService/locations/meshRevisionProfiles/read'
            // Kubernetes/ClusterConnections: address and certificate authority of the API server.
            'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action'
            // Features/EnsureFeature: registers preview features and polls them.
            'Microsoft.Features/providers/features/read'
            'Microsoft.Features/providers/features/register/action'
            // Features/EnsureProvider: reads the state of the registration below.
            'Microsoft.Resources/subscriptions/providers/read'
          ],
          // Features/EnsureProvider: carries a new feature into effect.
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
    principalType: 'ServicePrincipal' // the identity may be too new to be looked up
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
