using k8s;
using k8s.Authentication;
using k8s.KubeConfigModels;
using YamlDotNet.Core;

namespace MeshPort.Kubernetes;

/// <summary>Reads kubeconfigs as data. The client of Kubernetes would run the plug-ins that one names; MeshPort never does.</summary>
internal static class KubeconfigText
{
    /// <summary>A kubeconfig needs five levels, and its extensions may need more.</summary>
    private const int Deepest = 32;

    /// <summary>Reads a kubeconfig of Azure. A token replaces its plug-ins: without local accounts, it has no credential.</summary>
    /// <exception cref="InvalidKubeconfigException">It cannot be read.</exception>
    public static KubernetesClientConfiguration Read(string text, Func<ITokenProvider> token) =>
        Reading(() =>
        {
            var parsed = Parse(text);
            var needsToken = HasPlugin(parsed);
            if (needsToken)
            {
                parsed.Users = [];
                foreach (var context in parsed.Contexts ?? [])
                {
                    context.ContextDetails.User = null;
                }
            }

            var configuration = KubernetesClientConfiguration.BuildConfigFromConfigObject(parsed);
            if (needsToken)
            {
                configuration.TokenProvider = token();
            }

            return configuration;
        });

    /// <summary>Reads a file of the host, which may name other files relative to its directory.</summary>
    /// <exception cref="InvalidKubeconfigException">It cannot be read, or it names a plug-in.</exception>
    public static KubernetesClientConfiguration ReadFile(string path) =>
        Reading(() =>
        {
            var parsed = Parse(File.ReadAllText(path));
            if (HasPlugin(parsed))
            {
                throw new InvalidKubeconfigException(
                    "It names a plug-in, and MeshPort runs no plug-ins. Write a token or a client certificate into it."
                );
            }

            parsed.FileName = path;
            return KubernetesClientConfiguration.BuildConfigFromConfigObject(parsed);
        });

    private static K8SConfiguration Parse(string text)
    {
        var levels = new ShallowParser(new Parser(new StringReader(text)), Deepest);
        while (levels.MoveNext())
        {
            // the deserializer does not count the levels
        }

        return KubernetesYaml.Deserialize<K8SConfiguration>(text) ?? throw new InvalidKubeconfigException("It is empty.");
    }

    private static bool HasPlugin(K8SConfiguration parsed) =>
        (parsed.Users ?? []).Any(user =>
            user?.UserCredentials is { } given && (given.ExternalExecution ?? (object?)given.AuthProvider) is not null
        );

    /// <summary>The words of the client's exceptions may contain parts of the file, so nobody sees them.</summary>
    private static KubernetesClientConfiguration Reading(Func<KubernetesClientConfiguration> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is not InvalidKubeconfigException) // the client has no common type for its exceptions
        {
            throw new InvalidKubeconfigException("MeshPort cannot read it.", exception);
        }
    }
}

/// <summary>A text is no kubeconfig that MeshPort can use. The message contains nothing of it.</summary>
internal sealed class InvalidKubeconfigException(string message, Exception? inner = null) : Exception(message, inner);
