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

// functions/Kubernetes writes Services, Deployments and Istio's custom resources. The built-in Reader and Writer do not cover custom resources
// (learn.microsoft.com, "Use Azure RBAC for Kubernetes authorization").
var kubernetesClusterAdmin = 'b1ff04bb-8a4e-4dc1-8eb5-8693973ce19b'

resource operator 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'meshport-operator')
  properties: {
    // A role's name is unique in the tenant.
    roleName: 'MeshPort operator (${subscription().subscriptionId})'
    description: 'Makes and updates AKS clusters with the Istio add-on, their network and their preview features. Deletes nothing.'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {
        // Each action is one that functions/ calls; the file that does is named.
        actions: concat(
          [
            // Network/EnsureNetwork: the cluster's resource group is looked for, and made where it is absent.
            'Microsoft.Resources/subscriptions/resourceGroups/read'
            'Microsoft.Resources/subscriptions/resourceGroups/write'
            // Network/EnsureNetwork: likewise the virtual network and the nodes' subnet. Network/EnsureNetworkOpen reads the subnet's security group.
            'Microsoft.Network/virtualNetworks/read'
            'Microsoft.Network/virtualNetworks/write'
            'Microsoft.Network/virtualNetworks/subnets/read'
            'Microsoft.Network/virtualNetworks/subnets/write'
            // ManagedClusters/EnsureManagedCluster: who writes a node pool with vnetSubnetID needs the right to join that subnet.
            'Microsoft.Network/virtualNetworks/subnets/join/action'
            // ManagedClusters/EnsureManagedCluster: the cluster with its node pool, mesh and gateways; Mesh/EnsureMesh reads it.
            'Microsoft.ContainerService/managedClusters/read'
            'Microsoft.ContainerService/managedClusters/write'
            // ManagedClusters/EnsureManagedCluster: why a long-running write failed.
            'Microsoft.ContainerService/locations/operations/read'
            // ManagedClusters/EnsureManagedCluster: the mesh revision that fits the Kubernetes version.
            'Microsoft.ContainerService/locations/meshRevisionProfiles/read'
            // Kubernetes/ClusterConnections: address and certificate authority of the API server.
            'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action'
            // Features/EnsureFeature: registers preview features and polls them.
            'Microsoft.Features/providers/features/read'
            'Microsoft.Features/providers/features/register/action'
            // Features/EnsureProvider: polls the registration that is asked for below.
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
