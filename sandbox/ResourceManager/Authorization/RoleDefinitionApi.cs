using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.ResourceManager.Authorization;

/// <summary>Role definitions, read-only: the built-in ones, which apply at every scope.</summary>
internal sealed partial class RoleDefinitionApi
{
    public const string Type = "Microsoft.Authorization/roleDefinitions";

    public void Map(ArmRoutes routes)
    {
        foreach (var scope in AuthorizationScope.Patterns)
        {
            routes.Map(
                "GET",
                $"{scope}/providers/{Type}",
                request =>
                    ArmAnswer.Page(BuiltInRoles.Where(Filter(request.Query("$filter"))).Select(role => role.View(request.Subscription)))
            );
            routes.Map(
                "GET",
                $"{scope}/providers/{Type}/{{name}}",
                request =>
                    ArmAnswer.Ok(
                        (
                            BuiltInRoles.Find(request.Name)
                            ?? throw new ArmException(
                                404,
                                "RoleDefinitionDoesNotExist",
                                $"The specified role definition with ID '{request.Name}' does not exist."
                            )
                            {
                                ByProvider = true,
                            }
                        ).View(request.Subscription)
                    )
            );
        }
    }

    private static Func<BuiltInRole, bool> Filter(string? filter)
    {
        if (filter is null or "atScope()" or "atScopeAndBelow()" or "type eq 'BuiltInRole'")
        {
            return _ => true;
        }

        return NameFilter().Match(filter) is { Success: true } match
            ? role => string.Equals(role.Name, match.Groups["name"].Value, StringComparison.OrdinalIgnoreCase)
            : throw AuthorizationScope.UnsupportedFilter(filter);
    }

    [GeneratedRegex("^roleName eq '(?<name>[^']*)'$", RegexOptions.IgnoreCase)]
    private static partial Regex NameFilter();
}
