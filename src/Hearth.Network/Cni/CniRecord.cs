namespace Hearth.Network.Cni;

/// <summary>A container's place in a CNI network, recorded before it is taken, so that another process can remove it after a crash.</summary>
/// <param name="Configuration">The configuration as it was, since its file may change meanwhile.</param>
/// <param name="Plugins">The directories of plugins, in the order in which they are searched.</param>
/// <param name="SearchPath">PATH for the plugins, which run other programs.</param>
/// <param name="ContainerId">The container.</param>
/// <param name="Namespace">The file of the container's network namespace, which is mounted there.</param>
public sealed record CniRecord(string Configuration, IReadOnlyList<string> Plugins, string SearchPath, string ContainerId, string Namespace)
{
    /// <summary>The ports of the host that lead to the container.</summary>
    public IReadOnlyList<PublishedPort> Ports { get; init; } = [];

    /// <summary>The result of the last plugin; null before.</summary>
    public string? Result { get; init; }
}
