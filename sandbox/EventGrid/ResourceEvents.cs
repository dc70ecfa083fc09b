using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.Authorization;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// The Microsoft.Resources events: one for every completed write, deletion and action through Azure Resource Manager, none for reads or for
/// changes inside Kubernetes (Learn, event-schema-subscriptions). An accepted request waits beside its operation.
/// </summary>
internal sealed partial class ResourceEvents(SandboxWorld world, EventPublisher publisher, EventSubscriptionStore subscriptions)
    : IResourceEvents
{
    private const string Table = "event-requests";
    private const string RoleAssignmentId = "a1b2c3d40000400080005a4db0c50004";
    private const string ContributorRoleId = "b24988ac618042a0ab8820f7382dd24c"; // Azure's built-in role

    /// <inheritdoc/>
    public ArmAnswer Record(HttpContext http, Func<ArmAnswer> handle)
    {
        try
        {
            var answer = handle();
            if (Prepare(http, isCreate: answer.Status == StatusCodes.Status201Created) is { } raised)
            {
                if (answer.OperationId is { } operation)
                {
                    world.Store.Put(Table, operation, raised);
                }
                else
                {
                    Publish(raised, "Succeeded");
                }
            }

            return answer;
        }
        catch (ArmException)
        {
            if (Prepare(http, isCreate: false) is { } raised)
            {
                Publish(raised, "Failed");
            }

            throw;
        }
    }

    /// <summary>
    /// Runs before the operation leaves the running ones. If the process is killed in between, the operation ends again and repeats its
    /// event under the same id.
    /// </summary>
    public void Ended(SandboxOperation operation)
    {
        if (world.Store.Get(Table, operation.Id) is { } raised)
        {
            Publish(raised, operation.Status);
        }
    }

    /// <inheritdoc/>
    public void DeletedWith(SandboxOperation operation, string resourceId)
    {
        if (
            TopLevel().IsMatch(resourceId)
            && world.Store.Get(Table, operation.Id) is { } raised
            && ResourceAction.Of("DELETE", resourceId) is { } action
        )
        {
            raised["id"] = SeededDraw.Guid(world.Ids.Seed, $"{raised.Text("id")}/{resourceId}").ToString();
            var data = raised.Ensure("data");
            Concern(data, action);
            data.Ensure("authorization")["scope"] = action.ResourceId;
            data.Ensure("authorization")["action"] = action.Operation;
            Publish(raised, "Succeeded");
        }
    }

    /// <summary>Called after the operation has ended for good.</summary>
    public void Forget(SandboxOperation operation) => world.Store.Delete(Table, operation.Id);

    private void Publish(JsonObject raised, string status)
    {
        var verb = raised.Text("verb") ?? "";
        var resourceId = raised.Text("data", "resourceUri") ?? "";
        var data = raised.Object("data") ?? [];
        data["status"] = status;
        var outcome = status switch
        {
            "Succeeded" => "Success",
            "Canceled" => "Cancel",
            _ => "Failure",
        };
        publisher.Publish(
            new GridEvent(
                raised.Text("id") ?? "",
                TopicsOf(resourceId),
                resourceId,
                $"Microsoft.Resources.Resource{verb}{outcome}",
                world.Clock.GetUtcNow(),
                data,
                "2"
            )
        );
        if (verb == "Delete" && status == "Succeeded")
        {
            subscriptions.DeleteBelow(resourceId);
            new RoleAssignmentStore(world).DeleteBelow(resourceId);
        }
    }

    private JsonObject? Prepare(HttpContext http, bool isCreate)
    {
        var request = http.Request;
        if (ResourceAction.Of(request.Method, request.Path.Value ?? "") is not { } action)
        {
            return null;
        }

        var claims = CallerClaims.Of(request.Headers.Authorization.ToString()["Bearer ".Length..]); // the gate accepts only bearer tokens
        var subscription = $"/subscriptions/{action.ResourceId.Split('/')[2]}";
        var data = new JsonObject
        {
            ["authorization"] = new JsonObject
            {
                ["scope"] = action.ResourceId,
                ["action"] = action.Operation,
                ["evidence"] = new JsonObject
                {
                    ["role"] = "Contributor",
                    ["roleAssignmentScope"] = subscription,
                    ["roleAssignmentId"] = RoleAssignmentId,
                    ["roleDefinitionId"] = ContributorRoleId,
                    ["principalId"] = claims.Text(CallerClaims.ObjectId)?.Replace("-", "", StringComparison.Ordinal),
                    ["principalType"] = "ServicePrincipal",
                },
            },
            ["claims"] = claims,
            ["correlationId"] = http.Response.Headers["x-ms-correlation-request-id"].ToString(),
        };
        if (!isCreate)
        {
            data["httpRequest"] = new JsonObject
            {
                ["clientRequestId"] = request.Headers["x-ms-client-request-id"] is [{ Length: > 0 } given, ..]
                    ? given
                    : world.Ids.NewGuid("request").ToString(),
                ["clientIpAddress"] = http.Connection.RemoteIpAddress?.ToString(),
                ["method"] = request.Method,
                ["url"] = request.GetEncodedUrl(),
            };
        }

        Concern(data, action);
        data["status"] = "";
        data["subscriptionId"] = subscription["/subscriptions/".Length..];
        data["tenantId"] = Application.TenantId;
        return new JsonObject
        {
            ["id"] = world.Ids.NewGuid($"event/{action.ResourceId}").ToString(),
            ["verb"] = action.Verb,
            ["data"] = data,
        };
    }

    private static void Concern(JsonObject data, ResourceAction action)
    {
        data["resourceProvider"] = action.Provider;
        data["resourceUri"] = action.ResourceId;
        data["operationName"] = action.Operation;
    }

    /// <summary>Its subscription, and its resource group if it has one.</summary>
    private static IReadOnlyList<string> TopicsOf(string resourceId) =>
        resourceId.Split('/') switch
        {
            [_, _, var subscription, var groups, var group, ..] when groups.Equals("resourceGroups", StringComparison.OrdinalIgnoreCase) =>
            [
                $"/subscriptions/{subscription}",
                $"/subscriptions/{subscription}/resourceGroups/{group}",
            ],
            [_, _, var subscription, ..] => [$"/subscriptions/{subscription}"],
            _ => [],
        };

    [GeneratedRegex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+/[^/]+/[^/]+$", RegexOptions.IgnoreCase)]
    private static partial Regex TopLevel();
}
