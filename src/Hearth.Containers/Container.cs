namespace Hearth.Containers;

/// <summary>A container as its record has it: what it is to be, and where it is in its life.</summary>
/// <param name="Description">What it is to be.</param>
/// <param name="State">As it was when it was read.</param>
/// <param name="RecordDirectory">The directory of its description, state and log.</param>
public sealed record Container(ContainerDescription Description, ContainerState State, string RecordDirectory)
{
    public string Id => Description.Id;

    public string Name => Description.Name;
}
