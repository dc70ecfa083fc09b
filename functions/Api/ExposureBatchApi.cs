using System.Globalization;
using System.Text.Json;
using MeshPort.Access;
using MeshPort.Convergence;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>
/// Many exposures over HTTP in one request. MeshPort accepts all or none; with <c>?partial=true</c> it accepts the valid ones.
/// </summary>
internal sealed class ExposureBatchApi(ApiEndpoint endpoint, ExposureScope scope, ExposureRequests exposures)
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
        endpoint.ServeAsync(
            request,
            Role.Operator,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [Query.Partial],
            async call =>
            {
                var (batch, refusal) = await ReadAsync(call, cancellationToken);
                return refusal ?? await ChangeAsync(call, batch, durable, cancellationToken);
            },
            cancellationToken
        );

    /// <returns>The valid and allowed exposures of the request, or the answer that refuses it.</returns>
    private async Task<(ExposureBatch Batch, IResult? Refusal)> ReadAsync(ApiRequest call, CancellationToken cancellationToken)
    {
        var (body, refusal) = await RequestBody.ReadAsync(call.Http, Shape, cancellationToken);
        if (refusal is not null)
        {
            return (ExposureBatch.Empty, refusal);
        }

        if (
            body.ValueKind != JsonValueKind.Object
            || !body.TryGetProperty("exposures", out var list)
            || body.EnumerateObject().Any(property => property.Name != "exposures")
        )
        {
            return (ExposureBatch.Empty, Problem.Invalid([new FieldError("/exposures", "Required", $"Send {Shape} and nothing else.")]));
        }

        var batch = ExposureBatch.Read(list, "/exposures");
        if (IsRefused(call, batch))
        {
            return (batch, Problem.Invalid(batch.Errors));
        }

        var forbidden = await scope.FindRefusalsAsync(call.Allowed, call.Cluster, batch.Changes, cancellationToken);
        batch = batch.Without(forbidden, "/exposures");
        return forbidden.Count > 0 && IsRefused(call, batch)
            ? (batch, Problem.Forbidden($"The request has {batch.Errors.Count} error(s). Nothing was changed.", batch.Errors))
            : (batch, null);
    }

    private static bool IsPartial(ApiRequest call) => Query.Flag(call.Http, Query.Partial);

    private static bool IsRefused(ApiRequest call, ExposureBatch batch) =>
        batch.Errors.Count > 0 && (!IsPartial(call) || batch.Changes.Count == 0);

    private async Task<IResult> ChangeAsync(
        ApiRequest call,
        ExposureBatch batch,
        DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        var result = await exposures.ChangeAsync(call.Cluster, batch.Changes, IsPartial(call), call.By, cancellationToken);
        if (result.OperationId is not null)
        {
            await Keeper.WakeAsync(durable, call.Cluster, cancellationToken);
        }

        return Answer(call, batch, result);
    }

    private static IResult Answer(ApiRequest call, ExposureBatch batch, ExposuresResult result)
    {
        if (result.Refusal is { } refusal)
        {
            return Answers.Change(call, new PutResult<ExposureSpec>(refusal, null));
        }

        var refused = result.Items.Index().Where(item => item.Item.Result is { IsRefused: true, Outcome: not PutOutcome.HeldBack });
        List<FieldError> errors = [.. refused.Select(item => Error(batch.Indexes[item.Index], item.Item))];
        if (!IsPartial(call) && errors.Count > 0)
        {
            return Problem.BatchRefused(errors);
        }

        var items = result
            .Items.Index()
            .Select(item => BatchItem.Of(batch.Indexes[item.Index], item.Item))
            .Concat(batch.Errors.GroupBy(IndexOf).Select(invalid => new BatchItem(invalid.Key, null, "Invalid", null, [.. invalid])))
            .OrderBy(item => item.Index)
            .ToList();
        var operation = result.OperationId is null ? null : Answers.Follow(call, result.OperationId);
        return Results.Json(
            new BatchBody(operation, items),
            MeshPortJson.Options,
            statusCode: operation is null ? StatusCodes.Status200OK : StatusCodes.Status202Accepted
        );
    }

    private static FieldError Error(int index, ExposureResult item) =>
        new($"/exposures/{index}{item.Result.Pointer}", item.Result.Outcome.ToString(), item.Result.Detail ?? "");

    /// <summary>The index of the exposure in the batch, from the pointer <c>/exposures/INDEX/...</c>.</summary>
    private static int IndexOf(FieldError error) => int.Parse(error.Pointer.Split('/')[2], CultureInfo.InvariantCulture);

    /// <param name="Operation">Absent when nothing changed.</param>
    private sealed record BatchBody(string? Operation, IReadOnlyList<BatchItem> Results);

    private sealed record BatchItem(int Index, string? Name, string Outcome, Metadata? Metadata, IReadOnlyList<FieldError>? Errors)
    {
        public static BatchItem Of(int index, ExposureResult item) =>
            new(
                index,
                item.Name,
                item.Result.Outcome.ToString(),
                item.Result.Resource?.Metadata,
                item.Result.IsRefused ? [Error(index, item)] : null
            );
    }
}
