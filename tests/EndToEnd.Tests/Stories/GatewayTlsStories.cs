using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using k8s;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Gateways that end TLS with a certificate from a Secret of their namespace.</summary>
public sealed class GatewayTlsStories : IDisposable
{
    private const string Name = "echo.example.com";
    private readonly TestAuthority _authority = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Fact]
    [FailureRow(Reasons.CertificateNotFound)]
    [FailureRow(Reasons.CertificateInvalid)]
    [FailureRow(Reasons.CertificateExpired)]
    public async Task An_exposure_is_ready_when_its_certificate_is_there_and_clients_accept_it()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        var now = host.Sandbox.Clock.GetUtcNow();
        using var remaining = new Remaining();

        await host.FailAsync(await host.PutExposureAsync("echo", Tls(9443, "terminate"), Token), Token);
        Assert.Equal(("False", Reasons.CertificateNotFound), await host.ConditionAsync(Echo, "RouteProgrammed", Token));
        Assert.Contains(
            "kubectl create secret tls web -n aks-istio-ingress",
            await host.MessageAsync(Echo, "RouteProgrammed", Token),
            StringComparison.Ordinal
        );

        await kubernetes.BringAsync("web", _authority.Issue(["other.example.com"]).Data(), Token);
        await host.UntilConditionAsync(Echo, "RouteProgrammed", "False", Reasons.CertificateInvalid, Token);
        await kubernetes.BringAsync("web", _authority.Issue([Name], to: now.AddDays(-1)).Data(), Token);
        await host.UntilConditionAsync(Echo, "RouteProgrammed", "False", Reasons.CertificateExpired, Token);

        var first = _authority.Issue([Name], to: now.AddDays(20));
        await kubernetes.BringAsync("web", first.Data(), Token);
        await host.UntilConditionAsync(Echo, "Ready", "True", "AsDesired", Token);
        Assert.Equal(("True", "Answered"), await host.ConditionAsync(Echo, "Reachable", Token));
        Assert.Contains("Renew it before", await host.MessageAsync(Echo, "RouteProgrammed", Token), StringComparison.Ordinal);
        await Wait.UntilAsync( // clusters of other tests have the same name, so the value of one look can be theirs
            async () =>
            {
                await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
                return remaining.Days.Any(days => days is > 19 and <= 20);
            },
            Token
        );
        var address = await host.AddressAsync("echo", Token);
        Assert.Equal($"{Name}: hello hello", await TlsClient.AskAsync(address, 9443, Name, Token));

        // A renewed certificate needs no change of the exposure.
        await kubernetes.BringAsync("web", _authority.Issue([Name]).Data(), Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal("The route is as desired.", await host.MessageAsync(Echo, "RouteProgrammed", Token));
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(Echo, "Ready", Token));

        await kubernetes.CoreV1.DeleteNamespacedSecretAsync("web", StoryHost.Ingress, cancellationToken: Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(("False", Reasons.CertificateNotFound), await host.ConditionAsync(Echo, "RouteProgrammed", Token));
        var plan = await host.PlanAsync(HttpMethod.Put, Echo, Tls(9443, "terminate"), Token);
        Assert.Contains(plan, change => $"{change["why"]}" == "An earlier step fails, so it stays as it is."); // the port is open
        var told = (await host.StatusAsync(Echo, Token)).GetRawText();
        Assert.DoesNotContain("PRIVATE KEY", told, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN CERTIFICATE", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_mode_mutual_only_a_probe_with_a_certificate_proves_the_backend()
    {
        using var others = new TestAuthority("Others");
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.BringAsync("web", _authority.Issue([Name]).Data(_authority.Pem), Token);

        await host.FailAsync(await host.PutExposureAsync("echo", Tls(9443, "mutual"), Token), Token);
        Assert.Equal(("Unknown", Reasons.BackendNotProven), await host.ConditionAsync(Echo, "Reachable", Token));
        Assert.Contains("Set probe.clientCertificate", await host.MessageAsync(Echo, "Reachable", Token), StringComparison.Ordinal);
        var address = await host.AddressAsync("echo", Token);
        var client = _authority.IssueClient("shop");
        // Clients are served all the same.
        Assert.Equal($"{Name}: hello hello", await TlsClient.AskAsync(address, 9443, Name, Token, client));
        Assert.Equal(TlsClient.Refused, await TlsClient.AskAsync(address, 9443, Name, Token));

        await kubernetes.BringAsync("probe", others.IssueClient("probe").Data(), Token);
        var proven = Tls(9443, "mutual");
        proven["probe"]!["clientCertificate"] = new JsonObject { ["secret"] = "probe" }; // the echo has a probe
        await host.FailAsync(await host.PutExposureAsync("echo", proven, Token), Token);
        Assert.Contains(
            "in Secret aks-istio-ingress/probe must be in the key ca.crt",
            await host.MessageAsync(Echo, "Reachable", Token),
            StringComparison.Ordinal
        );

        await kubernetes.BringAsync("probe", _authority.IssueClient("probe").Data(), Token);
        await host.UntilConditionAsync(Echo, "Ready", "True", "AsDesired", Token);
        Assert.Equal(("True", "Answered"), await host.ConditionAsync(Echo, "Reachable", Token));
    }

    [Fact]
    public async Task An_exposure_changes_who_ends_tls_and_shares_its_port_by_server_name()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await using var outside = OutsideServer.Tls("outside");
        await kubernetes.BringAsync("web", _authority.Issue([Name]).Data(), Token);
        var through = Tls(9443, "passthrough", "db.example.com");
        through.Remove("workload");
        through.Remove("probe");
        through["backends"] = new JsonArray(new JsonObject { ["service"] = outside.Host, ["port"] = outside.Port });
        await host.SucceedAsync(await host.PutExposureAsync("db", through, Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", Tls(9443, "terminate"), Token), Token);

        var address = await host.AddressAsync("echo", Token);
        Assert.Equal($"{Name}: hello hello", await TlsClient.AskAsync(address, 9443, Name, Token));
        Assert.Equal("outside: outside hello", await TlsClient.AskAsync(address, 9443, "db.example.com", Token));
        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("db"), Token), Token);

        // From TLS to plain TCP and back, at the same port.
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9443), Token), Token);
        Assert.Equal(("True", "Answered"), await host.ConditionAsync(Echo, "Reachable", Token));
        var any = Tls(9443, "terminate");
        any.Remove("sniHosts");
        await host.SucceedAsync(await host.PutExposureAsync("echo", any, Token), Token);
        Assert.Equal($"{Name}: hello hello", await TlsClient.AskAsync(address, 9443, "", Token)); // any name, or none

        await host.SucceedAsync(await host.DeleteAsync(Echo, Token), Token);
        Assert.Equal(TlsClient.Refused, await TlsClient.AskAsync(address, 9443, Name, Token));
    }

    [Fact]
    public async Task A_dry_run_tells_that_a_certificate_is_missing_or_what_it_would_write()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();

        var refused = await host.PlanAsync(HttpMethod.Put, Echo, Tls(9443, "terminate"), Token);
        Assert.Contains(refused, change => $"{change}".Contains("Secret aks-istio-ingress/web does not exist", StringComparison.Ordinal));

        await kubernetes.BringAsync("web", _authority.Issue([Name]).Data(), Token);
        var planned = await host.PlanAsync(HttpMethod.Put, Echo, Tls(9443, "terminate"), Token);
        Assert.Contains(planned, change => $"{change}".Contains("credentialName", StringComparison.Ordinal));
        Assert.DoesNotContain(planned, change => $"{change}".Contains("would not become ready", StringComparison.Ordinal));

        await host.SucceedAsync(await host.PutExposureAsync("echo", Tls(9443, "terminate"), Token), Token);
        var again = await host.PlanAsync(HttpMethod.Put, Echo, Tls(9443, "terminate"), Token);
        Assert.DoesNotContain(again, change => $"{change["action"]}" is "create" or "update" or "delete");
    }

    private static string Echo => StoryHost.Exposure("echo");

    private static JsonObject Tls(int port, string mode, string name = Name)
    {
        var spec = MeshPortHost.Echo("echo", port);
        (spec["protocol"], spec["sniHosts"], spec["tls"]) = ("TLS", new JsonArray(name), new JsonObject { ["mode"] = mode });
        if (mode != "passthrough")
        {
            spec["tls"]!["certificate"] = new JsonObject { ["secret"] = "web" }; // just set
        }

        return spec;
    }

    /// <summary>The metric with the time until a certificate expires.</summary>
    private sealed class Remaining : IDisposable
    {
        private readonly ConcurrentBag<double> _seconds = [];
        private readonly MeterListener _listener = new();

        public Remaining()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "meshport.certificate.remaining")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => _seconds.Add(seconds));
            _listener.Start();
        }

        public IEnumerable<double> Days
        {
            get
            {
                _listener.RecordObservableInstruments();
                return _seconds.Select(seconds => TimeSpan.FromSeconds(seconds).TotalDays);
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
