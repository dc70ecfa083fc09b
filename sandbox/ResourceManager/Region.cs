namespace MeshPort.Sandbox.ResourceManager;

/// <summary>A region of public Azure.</summary>
/// <param name="Name">As in ids and bodies: <c>eastus2</c>.</param>
/// <param name="DisplayName">For people: <c>East US 2</c>.</param>
/// <param name="Geography">The geography group: <c>US</c>.</param>
/// <param name="IsRecommended">False for regions that Azure lists in the category <c>Other</c>.</param>
internal sealed record Region(string Name, string DisplayName, string Geography, bool IsRecommended)
{
    /// <summary>In Azure's order. Azure has no public list of the api-versions by region: here each region has everything.</summary>
    public static IReadOnlyList<Region> All { get; } =
    [
        new("eastus", "East US", "US", true),
        new("eastus2", "East US 2", "US", true),
        new("southcentralus", "South Central US", "US", true),
        new("westus2", "West US 2", "US", true),
        new("westus3", "West US 3", "US", true),
        new("australiaeast", "Australia East", "Asia Pacific", true),
        new("southeastasia", "Southeast Asia", "Asia Pacific", true),
        new("northeurope", "North Europe", "Europe", true),
        new("swedencentral", "Sweden Central", "Europe", true),
        new("uksouth", "UK South", "Europe", true),
        new("westeurope", "West Europe", "Europe", true),
        new("centralus", "Central US", "US", true),
        new("southafricanorth", "South Africa North", "Africa", true),
        new("centralindia", "Central India", "Asia Pacific", true),
        new("eastasia", "East Asia", "Asia Pacific", true),
        new("indonesiacentral", "Indonesia Central", "Asia Pacific", true),
        new("japaneast", "Japan East", "Asia Pacific", true),
        new("japanwest", "Japan West", "Asia Pacific", true),
        new("koreacentral", "Korea Central", "Asia Pacific", true),
        new("malaysiawest", "Malaysia West", "Asia Pacific", true),
        new("newzealandnorth", "New Zealand North", "Asia Pacific", true),
        new("canadacentral", "Canada Central", "Canada", true),
        new("austriaeast", "Austria East", "Europe", true),
        new("belgiumcentral", "Belgium Central", "Europe", true),
        new("francecentral", "France Central", "Europe", true),
        new("germanywestcentral", "Germany West Central", "Europe", true),
        new("italynorth", "Italy North", "Europe", true),
        new("norwayeast", "Norway East", "Europe", true),
        new("polandcentral", "Poland Central", "Europe", true),
        new("spaincentral", "Spain Central", "Europe", true),
        new("switzerlandnorth", "Switzerland North", "Europe", true),
        new("mexicocentral", "Mexico Central", "Mexico", true),
        new("uaenorth", "UAE North", "Middle East", true),
        new("brazilsouth", "Brazil South", "South America", true),
        new("chilecentral", "Chile Central", "South America", true),
        new("israelcentral", "Israel Central", "Middle East", true),
        new("qatarcentral", "Qatar Central", "Middle East", true),
        new("northcentralus", "North Central US", "US", false),
        new("westus", "West US", "US", false),
        new("westcentralus", "West Central US", "US", false),
        new("southafricawest", "South Africa West", "Africa", false),
        new("australiacentral", "Australia Central", "Asia Pacific", false),
        new("australiacentral2", "Australia Central 2", "Asia Pacific", false),
        new("australiasoutheast", "Australia Southeast", "Asia Pacific", false),
        new("jioindiacentral", "Jio India Central", "Asia Pacific", false),
        new("jioindiawest", "Jio India West", "Asia Pacific", false),
        new("koreasouth", "Korea South", "Asia Pacific", false),
        new("southindia", "South India", "Asia Pacific", false),
        new("westindia", "West India", "Asia Pacific", false),
        new("canadaeast", "Canada East", "Canada", false),
        new("francesouth", "France South", "Europe", false),
        new("germanynorth", "Germany North", "Europe", false),
        new("norwaywest", "Norway West", "Europe", false),
        new("switzerlandwest", "Switzerland West", "Europe", false),
        new("ukwest", "UK West", "Europe", false),
        new("uaecentral", "UAE Central", "Middle East", false),
        new("brazilsoutheast", "Brazil Southeast", "South America", false),
    ];
}
