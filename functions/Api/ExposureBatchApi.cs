using System.Text.Json;
using MeshPort.Access;
using MeshPort.Convergence;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Many exposures over HTTP in one request, accepted all or none, or with <c>?partial=true</c> as many as can be.</summary>
internal sealed class ExposureBatchApi(RequestAuthorizer authorizer, ExposureScope scope, ExposureStore exposures)
{
    private const string Shape = "{\"exposures\": [{\"name\": \"...\", \"spec\": {...}}]}";

    [Function("PostExposures")]
    public Task<IResult> PostAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = ExposureApi.Collection)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(
                    request,
                    Role.Operator,
                    subscriptionId,
                    resourceGroup,
                    cluster,
                    cancellationToken,
                    Query.Partial
                );
                if (entry.Refusal is { } unfit)
                {
                    return unfit;
                }

                var id = entry.Cluster;

                var (body, refusal) = await RequestBody.ReadAsync(request, Shape, cancellationToken);
                if (refusal is not null)
                {
                    return refusal;
                }

                if (
                    body.ValueKind != JsonValueKind.Object
                    || !body.TryGetProperty("exposures", out var list)
                    || body.EnumerateObject().Any(property => property.Name != "exposures")
                )
                {
                    return Problem.Invalid([new FieldError("/exposures", "Required", $"Send {Shape} and nothing else.")]);
                }

                var partial = Query.Flag(request, Query.Partial);
                var batch = ExposureBatch.Read(list, "/exposures");
                if (batch.Errors.Count > 0 && (!partial || batch.Wishes.Count == 0))
                {
                    return Problem.Invalid(batch.Errors);
                }

                var forbidden = await scope.FindRefusalsAsync(entry.Allowed, id, batch.Wishes, cancellationToken);
                if (forbidden.Count > 0)
                {
                    batch = batch.Without(forbidden, "/exposures");
                    if (!partial || batch.Wishes.Count == 0)
                    {
                        return Problem.Forbidden($"{batch.Errors.Count} error(s); nothing was changed.", batch.Errors);
                    }
                }

                var result = await exposures.ChangeAsync(id, batch.Wishes, partial, Caller.Of(request), cancellationToken);
                if (result.OperationId is not null)
                {
                    await Keeper.WakeAsync(durable, id, cancellationToken);
                }

                return Answer(request, id, batch, result, partial);
            },
            cancellationToken
        );

    private static IResult Answer(HttpRequest request, ClusterId id, ExposureBatch batch, ExposuresResult result, bool partial)
    {
        if (result.Refusal is { } refusal)
        {
            return Answers.Change(request, id, new PutResult<ExposureSpec>(refusal, null));
        }

        var refused = result
            .Items.Index()
            .Where(item => item.Item.Result is { IsRefused: true, Outcome: not PutOutcome.HeldBack })
            .ToList();
        if (!partial && refused.Count > 0)
        {
            return Problem.BatchRefused(refused.ConvertAll(item => Error(batch.Indexes[item.Index], item.Item)));
        }

        var items = result
            .Items.Index()
            .Select(item => new BatchItem(
                batch.Indexes[item.Index],
                item.Item.Name,
                item.Item.Result.Outcome.ToString(),
                item.Item.Result.Resource?.Metadata,
                item.Item.Result.IsRefused ? [Error(batch.Indexes[item.Index], item.Item)] : null
            ))
            .Concat(batch.Errors.GroupBy(Index).Select(errors => new BatchItem(errors.Key, null, "Invalid", null, [.. errors])))
            .OrderBy(item => item.Index)
            .ToList();
        var operation = result.OperationId is null ? null : Answers.Follow(request, id, result.OperationId);
        return Results.Json(
            new BatchBody(operation, items),
            MeshPortJson.Options,
            statusCode: operation is null ? StatusCodes.Status200OK : StatusCodes.Status202Accepted
        );
    }

    private static FieldError Error(int index, ExposureResult item) =>
        new($"/exposures/{index}{item.Result.Pointer}", item.Result.Outcome.ToString(), item.Result.Detail ?? "");

    /// <summary>The place in the batch that a pointer begins with.</summary>
    private static int Index(FieldError error) => int.Parse(error.Pointer.Split('/')[2], System.Globalization.CultureInfo.InvariantCulture);

    /// <param name="Operation">Follows all that changed; absent when nothing did.</param>
    private sealed record BatchBody(string? Operation, IReadOnlyList<BatchItem> Results);

    private sealed record BatchItem(int Index, string? Name, string Outcome, Metadata? Metadata, IReadOnlyList<FieldError>? Errors);
}
