using Hearth.Containers;
using Hearth.Network;

namespace Hearth.Records.Networks;

/// <summary>The networks of a state directory.</summary>
public static class NetworkStore
{
    /// <summary>What makes a network.</summary>
    /// <exception cref="HearthException">No network has this name.</exception>
    public static NetworkDefinition DefinitionOf(string name) => name == NetworkOptions.DefaultNetwork
        ? NetworkDefinition.Default(name)
        : throw new HearthException(HearthError.InvalidRequest, $"there is no network '{name}': 'hearth network ls' lists all");
}
