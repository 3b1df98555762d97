namespace Hearth.Client;

/// <summary>A request to remove networks that no container has.</summary>
/// <param name="Ids">Those that may be removed.</param>
public sealed record SelectedNetworks(IReadOnlyList<string> Ids);
