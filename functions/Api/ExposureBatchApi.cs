using MeshPort.Access;
using MeshPort.Convergence;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>
/// Puts and deletes many exposures in one request over HTTP. MeshPort accepts all or none; with <c>?partial=true</c> it accepts the valid
/// ones. With <c>?dryRun=true</c> the answer is a plan.
/// </summary>
internal sealed class ExposureBatchApi(ApiEndpoint endpoint, ExposureScope scope, ExposureRequests exposures, ExposureDryRun plans)
{
    private const string Shape = "{\"put\": [{\"name\": \"...\", \"spec\": {...}}], \"delete\": [\"...\"]}";

    private static readonly FieldError PartialDryRun = new(
        "",
        "InvalidValue",
        $"A dry run names all errors, so {Query.DryRun} and {Query.Partial} exclude each other. Remove one of them."
    );

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
            [Query.Partial, Query.DryRun],
            async call =>
            {
                if (call.IsDryRun && IsPartial(call))
                {
                    return Problem.Invalid([PartialDryRun]);
                }

                var (batch, refusal) = await ReadAsync(call, cancellationToken);
                return refusal
                    ?? (
                        call.IsDryRun
                            ? await PlanAsync(call, batch, cancellationToken)
                            : await ChangeAsync(call, batch, durable, cancellationToken)
                    );
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

        var errors = new List<FieldError>();
        if (SpecReader.Root(body, errors) is not { } reader)
        {
            return (ExposureBatch.Empty, Problem.Invalid(errors));
        }

        var batch = ExposureBatch.Read(reader).Of(call.Allowed);
        reader.RefuseUnknown();
        if (errors.Count > 0)
        {
            return (batch, Problem.Invalid([.. errors, .. batch.Errors]));
        }

        if (IsRefused(call, batch))
        {
            return (batch, Problem.Invalid(batch.Errors));
        }

        var forbidden = await scope.FindRefusalsAsync(call.Allowed, call.Cluster, batch.Changes, cancellationToken);
        batch = batch.Without(forbidden);
        return forbidden.Count > 0 && IsRefused(call, batch)
            ? (batch, Problem.Forbidden(Problem.CountOf(batch.Errors), batch.Errors))
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
            await Keeper.WakeAsync(durable, call.Cluster, CancellationToken.None); // also for a caller that hangs up after the acceptance
        }

        return Answer(call, batch, result);
    }

    private async Task<IResult> PlanAsync(ApiRequest call, ExposureBatch batch, CancellationToken cancellationToken)
    {
        var result = await exposures.PreviewAsync(call.Cluster, batch.Changes, partial: false, cancellationToken);
        if (result.Refusal is not null || result.Items.Any(item => item.Result.IsRefused))
        {
            return Answer(call, batch, result);
        }

        var (observation, changes) = await plans.PlanAsync(call.Cluster, [.. batch.Changes, .. result.Displacements], cancellationToken);
        return PlanAnswer.Of(observation, PlanAnswer.Exposures(call.Cluster, result), changes);
    }

    private static IResult Answer(ApiRequest call, ExposureBatch batch, ExposuresResult result)
    {
        if (result.Refusal is { } refusal)
        {
            return Answers.Change(call, new PutResult<ExposureSpec>(refusal, null));
        }

        var items = result.Items.Select((item, index) => BatchItem.Of(batch, index, item)).ToList();
        List<FieldError> refused =
        [
            .. items.Where(item => item.Outcome != nameof(PutOutcome.HeldBack)).SelectMany(item => item.Errors ?? []),
        ];
        if (!IsPartial(call) && refused.Count > 0)
        {
            return Problem.BatchRefused(refused);
        }

        items.AddRange(batch.Errors.GroupBy(ItemOf).Select(invalid => new BatchItem(invalid.Key, null, "Invalid", null, [.. invalid])));
        var operation = result.OperationId is null ? null : Answers.Follow(call, result.OperationId);
        return Results.Json(
            new BatchBody(operation, items),
            MeshPortJson.Options,
            statusCode: operation is null ? StatusCodes.Status200OK : StatusCodes.Status202Accepted
        );
    }

    /// <summary>The pointer of the item of the request that has an error, such as <c>/put/3</c>.</summary>
    private static string ItemOf(FieldError error) => string.Join('/', error.Pointer.Split('/').Take(3));

    /// <param name="Operation">Absent when nothing changed.</param>
    private sealed record BatchBody(string? Operation, IReadOnlyList<BatchItem> Results);

    /// <param name="Pointer">The item of the request.</param>
    private sealed record BatchItem(string Pointer, string? Name, string Outcome, Metadata? Metadata, IReadOnlyList<FieldError>? Errors)
    {
        public static BatchItem Of(ExposureBatch batch, int change, ExposureResult item)
        {
            var (result, outcome) = (item.Result, item.Result.Outcome.ToString());
            return new BatchItem(
                batch.Pointers[change],
                item.Name,
                outcome,
                result.Resource?.Metadata,
                result.IsRefused ? [batch.At(change, new FieldError(result.Pointer, outcome, result.Detail ?? ""))] : null
            );
        }
    }
}
