using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>
/// The requested page of a list (kube-semantics, section g). All pages show the state of the first one, whatever changes later. When that
/// state is compacted, the answer is a 410 with a token that continues at the newest state.
/// </summary>
internal static class ListPage
{
    private const string TooOld =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue "
        + "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the "
        + "provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first "
        + "chunk was returned and now may show up in the list.";

    public static (JsonObject Metadata, IReadOnlyList<JsonObject> Items) Read(
        ObjectStore store,
        KubeRequest request,
        Selectors selectors,
        IQueryCollection query
    )
    {
        var (revision, all) = State(store, request, query, out var after);
        var items = all.Where(selectors.Match);
        if (after is not null)
        {
            items = items.Where(item => string.CompareOrdinal(Place(request, item), after) > 0);
        }

        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
        var rest = items.ToArray();
        if (Limit(query) is not { } limit || rest.Length <= limit)
        {
            return (metadata, rest);
        }

        metadata["continue"] = new ContinueToken(revision, Place(request, rest[limit - 1])).ToString();
        if (!selectors.Any)
        {
            metadata["remainingItemCount"] = rest.Length - limit;
        }

        return (metadata, rest[..limit]);
    }

    private static (long Revision, IReadOnlyList<JsonObject> Items) State(
        ObjectStore store,
        KubeRequest request,
        IQueryCollection query,
        out string? after
    )
    {
        var asked = query["resourceVersion"].ToString();
        var rule = query["resourceVersionMatch"].ToString();
        var token = query["continue"].ToString();
        RevisionRules.CheckList(asked, rule, token, store.Revision);
        after = null;
        if (token.Length > 0)
        {
            var start = ContinueToken.Read(token);
            after = start.After;
            return start.Revision < 0
                ? store.Snapshot(request.Type, request.Namespace)
                : At(
                    store,
                    request,
                    start.Revision,
                    () => new KubeError(410, "Expired", TooOld) { Continue = (start with { Revision = -1 }).ToString() }
                );
        }

        // A limit without a rule has always meant the exact revision.
        var exact = rule == "Exact" || (rule.Length == 0 && asked.Length > 0 && asked != "0" && Limit(query) is not null);
        return exact
            ? At(
                store,
                request,
                RevisionRules.Parse(asked),
                () => new KubeError(410, "Expired", "The resourceVersion for the provided list is too old.")
            )
            : store.Snapshot(request.Type, request.Namespace);
    }

    private static (long Revision, IReadOnlyList<JsonObject> Items) At(
        ObjectStore store,
        KubeRequest request,
        long revision,
        Func<KubeError> expired
    )
    {
        try
        {
            return (revision, store.SnapshotAt(request.Type, request.Namespace, revision));
        }
        catch (KubeError error) when (error.Code == 410)
        {
            throw expired();
        }
    }

    private static int? Limit(IQueryCollection query) => query.Number("limit") is > 0 and <= int.MaxValue and var limit ? (int)limit : null;

    private static string Place(KubeRequest request, JsonObject item) =>
        request.Namespace is null && request.Type.Namespaced ? $"{item.Namespace()}/{item.Name()}" : item.Name();
}
