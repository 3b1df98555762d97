namespace Hearth.Runtime.Containers;

/// <summary>A container as it is kept: what it is to be, and where it stands.</summary>
/// <param name="Config">Its description.</param>
/// <param name="State">As it was when it was read.</param>
/// <param name="Directory">Where its description, state and log are.</param>
public sealed record Container(ContainerConfig Config, ContainerState State, string Directory)
{
    public string Id => Config.Id;

    public string Name => Config.Name;
}
