using Hearth.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary>Flags of <c>run</c> and <c>create</c> for what programs read about a container; docker's names.</summary>
internal sealed class MetadataFlags
{
    public Flag<string[]> Annotations { get; } = Flag.List("--annotation", "NAME=VALUE", "set an annotation of the OCI runtime specification");

    public Flag[] All => [Annotations];

    /// <exception cref="FormatException">One has no name.</exception>
    public IReadOnlyDictionary<string, string> ReadAnnotations(ParsedLine line) => ContainerFlags.Pairs(line.GetValue(Annotations));
}
