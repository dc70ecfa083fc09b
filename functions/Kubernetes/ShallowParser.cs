using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MeshPort.Kubernetes;

/// <summary>
/// Refuses YAML that is nested too deeply. YamlDotNet loads each level with a call of itself, so a file of 200 KiB with nothing but
/// brackets would end the process with a stack overflow.
/// </summary>
internal sealed class ShallowParser(IParser inner, int deepest) : IParser
{
    private int _depth;

    public ParsingEvent? Current => inner.Current;

    /// <exception cref="YamlException">The text is not YAML, or is nested too deeply.</exception>
    public bool MoveNext()
    {
        if (!inner.MoveNext())
        {
            return false;
        }

        _depth += Current switch
        {
            MappingStart or SequenceStart => 1,
            MappingEnd or SequenceEnd => -1,
            _ => 0,
        };
        return _depth <= deepest
            ? true
            : throw new YamlException(
                Current?.Start ?? Mark.Empty,
                Current?.End ?? Mark.Empty,
                $"more than {deepest} levels of lists and objects"
            );
    }
}
