namespace Hearth.Containers;

/// <summary>A container as its record describes it: its configuration and its state.</summary>
/// <param name="Description">The configuration.</param>
/// <param name="State">The state at the time it was read.</param>
/// <param name="RecordDirectory">The directory of its description, state and log.</param>
public sealed record Container(ContainerDescription Description, ContainerState State, string RecordDirectory)
{
    public string Id => Description.Id;

    public string Name => Description.Name;
}
