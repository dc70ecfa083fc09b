using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>The container images that can be pulled, and their programs.</summary>
internal static class Images
{
    private static readonly string[] EchoTags = ["1.1", "1.2", "1.3", "latest"];
    private static readonly ConcurrentDictionary<string, string> Ids = new(StringComparer.Ordinal);
    private static readonly string[] Servers =
    [
        "nginx",
        "redis",
        "httpd",
        "memcached",
        "mysql",
        "postgres",
        "hashicorp/http-echo",
        "mcr.microsoft.com/azuredocs/aks-helloworld",
        "registry.k8s.io/nginx-slim",
        "registry.k8s.io/pause",
    ];
    private static readonly string[] Tools = ["alpine", "bash", "busybox", "debian", "perl", "python", "ubuntu", "curlimages/curl"];
    private const string PrivateRegistries = ".azurecr.io";
    private static readonly string[] Microsofts = ["mcr.microsoft.com/oss/", "mcr.microsoft.com/aks/"];
    private static readonly string[] Windows = ["mcr.microsoft.com/windows/", "mcr.microsoft.com/dotnet/framework/"];

    /// <summary>It can be pulled on a Linux node.</summary>
    public static bool Exists(string image) => IsServer(image) || IsRegistryCheck(image) || Tools.Contains(Repository(image));

    /// <summary>The program of <c>az aks check-acr</c>. It fails, because the sandbox has no container registries.</summary>
    public static bool IsRegistryCheck(string image) => Repository(image) == "mcr.microsoft.com/aks/canipull";

    /// <summary>It can be pulled on a Windows node.</summary>
    public static bool IsForWindows(string image) => HasPrefix(image, Microsofts) || HasPrefix(image, Windows);

    /// <summary>Its program runs until it is stopped.</summary>
    public static bool IsServer(string image) =>
        IsEcho(image) || (HasPrefix(image, Microsofts) && !IsRegistryCheck(image)) || Servers.Contains(Repository(image));

    /// <summary><c>istio/tcp-echo-server</c>: answers every line with its prefix, a space and the line.</summary>
    public static bool IsEcho(string image) => Repository(image) == "istio/tcp-echo-server" && EchoTags.Contains(Tag(image));

    public static bool IsGateway(string image) => image.StartsWith("mcr.microsoft.com/oss/v2/istio/proxyv2", StringComparison.Ordinal);

    /// <summary>Whether the image has a shell and its usual programs. The echo server's image has nothing but the server.</summary>
    public static bool HasShell(string image) =>
        Repository(image) is "busybox" or "nginx" or "redis" or "mcr.microsoft.com/azuredocs/aks-helloworld";

    /// <summary>
    /// The registry of an image in a container registry of Azure, which asks for a credential. It has copies of all known images.
    /// </summary>
    public static string? PrivateRegistry(string image) =>
        image.Split('/')[0] is var host && host.EndsWith(PrivateRegistries, StringComparison.Ordinal) && image.Length > host.Length
            ? host
            : null;

    /// <summary>The host from which an image is pulled.</summary>
    public static string Registry(string image) =>
        image.Split('/')[0] is var host && host.Length < image.Length && host.Contains('.', StringComparison.Ordinal)
            ? host
            : "registry-1.docker.io";

    /// <summary>Whether the image comes neither from a registry of Azure nor from Microsoft's, for which Azure keeps a cache.</summary>
    public static bool IsOutside(string image) =>
        PrivateRegistry(image) is null && !image.StartsWith("mcr.microsoft.com/", StringComparison.Ordinal);

    /// <summary>Whether the image names no user, as most do. Those of Microsoft for the cluster's own pods name one.</summary>
    public static bool RunsAsRoot(string image) => !HasPrefix(image, Microsofts);

    /// <summary>The id of a pulled image, in the format of a container runtime.</summary>
    public static string Id(string image) =>
        Ids.GetOrAdd(
            image,
            name =>
            {
                var repository = Repository(name);
                var registry =
                    repository.Split('/')[0].Contains('.', StringComparison.Ordinal) ? ""
                    : repository.Contains('/', StringComparison.Ordinal) ? "docker.io/"
                    : "docker.io/library/";
                return $"{registry}{repository}@sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}";
            }
        );

    private static bool HasPrefix(string image, string[] prefixes) =>
        prefixes.Any(prefix => image.StartsWith(prefix, StringComparison.Ordinal));

    private static string Repository(string image)
    {
        var name = image.StartsWith("docker.io/", StringComparison.Ordinal) ? image["docker.io/".Length..] : image;
        name = PrivateRegistry(name) is { } registry ? name[(registry.Length + 1)..] : name;
        name = name.StartsWith("library/", StringComparison.Ordinal) ? name["library/".Length..] : name;
        return HasTag(name) ? name[..name.LastIndexOf(':')] : name;
    }

    private static string Tag(string image) => HasTag(image) ? image[(image.LastIndexOf(':') + 1)..] : "latest";

    private static bool HasTag(string image) => image.LastIndexOf(':') > image.LastIndexOf('/');
}
