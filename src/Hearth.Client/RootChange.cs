namespace Hearth.Client;

/// <summary>A change of a container's root.</summary>
/// <param name="Kind">A, C or D: added, changed, deleted.</param>
/// <param name="Path">An absolute path in the container.</param>
public sealed record RootChange(char Kind, string Path);
