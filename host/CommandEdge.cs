using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Hosting;
using MeshPort.Host.Output;

namespace MeshPort.Host;

/// <summary>The outer edge of every command, and the only place that turns an exception into an error message and an exit code.</summary>
internal static class CommandEdge
{
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> command, CancellationToken cancellationToken)
    {
        try
        {
            return await command(cancellationToken);
        }
        catch (InvalidEnvironmentException invalid)
        {
            foreach (var problem in invalid.Problems)
            {
                await Console.Error.WriteLineAsync($"meshport: {problem}");
            }

            await Console.Error.WriteLineAsync("meshport: nothing was started or changed.");
            return ExitCodes.BadInput;
        }
        catch (StartupException startup)
        {
            await WriteAsync(startup.Message);
            return ExitCodes.BadInput;
        }
        catch (UsageException usage)
        {
            await WriteAsync(usage.Message);
            return ExitCodes.BadInput;
        }
        catch (ApiException refusal)
        {
            await WriteAsync(refusal.Message);
            return ExitCodes.Failed;
        }
        catch (UnreachableException unreachable)
        {
            await WriteAsync(unreachable.Message);
            return ExitCodes.Unreachable;
        }
        catch (LateException late)
        {
            await WriteAsync(late.Message);
            return ExitCodes.TimedOut;
        }
        catch (LeftException left)
        {
            await WriteAsync(left.Message);
            return ExitCodes.Interrupted;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await WriteAsync("stopped before it was done.");
            return ExitCodes.Interrupted;
        }
#pragma warning disable CA1031 // the only catch-all of this process
        catch (Exception unexpected)
#pragma warning restore CA1031
        {
            await WriteAsync($"unexpected {unexpected.GetType().Name}: {unexpected.Message}{Environment.NewLine}{unexpected.StackTrace}");
            return ExitCodes.Failed;
        }
    }

    private static Task WriteAsync(string message) => Console.Error.WriteLineAsync($"meshport: {message}");
}
