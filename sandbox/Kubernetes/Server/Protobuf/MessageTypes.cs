using System.Globalization;

namespace MeshPort.Sandbox.Kubernetes.Server.Protobuf;

/// <param name="Type">See README.md beside the data.</param>
/// <param name="KeepsZero">Zero differs from an absent value.</param>
internal sealed record MessageField(string Name, string Type, bool KeepsZero);

/// <summary>The messages of messages.txt.</summary>
internal static class MessageTypes
{
    private static readonly Lazy<Dictionary<string, Dictionary<int, MessageField>>> All = new(Load);

    /// <param name="apiVersion">For example <c>rbac.authorization.k8s.io/v1</c>.</param>
    /// <returns>The name of the message. Null when unknown.</returns>
    public static string? Of(string apiVersion, string kind)
    {
        var name = (kind, apiVersion.Split('/')) switch
        {
            ("DeleteOptions", _) => "meta.v1.DeleteOptions",
            (_, [var version]) => $"core.{version}.{kind}",
            (_, [var group, var version]) => $"{group.Split('.')[0]}.{version}.{kind}",
            _ => "",
        };
        return All.Value.ContainsKey(name) ? name : null;
    }

    public static IReadOnlyDictionary<int, MessageField> Fields(string message) => All.Value[message];

    private static Dictionary<string, Dictionary<int, MessageField>> Load()
    {
        var all = new Dictionary<string, Dictionary<int, MessageField>>();
        using var stream =
            typeof(MessageTypes).Assembly.GetManifestResourceStream("kubernetes-messages.txt")
            ?? throw new FileNotFoundException("kubernetes-messages.txt is not embedded.");
        using var reader = new StreamReader(stream);
        Dictionary<int, MessageField> current = [];
        while (reader.ReadLine() is { } line)
        {
            if (line.Trim().Split(' ') is [var number, var name, var type])
            {
                current[int.Parse(number, CultureInfo.InvariantCulture)] = new MessageField(name.TrimEnd('?'), type, name.EndsWith('?'));
            }
            else
            {
                all[line] = current = [];
            }
        }

        return all;
    }
}
