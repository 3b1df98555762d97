namespace Hearth.Shares;

/// <summary>What a share has done and holds at a moment.</summary>
/// <param name="Requests">Taken so far.</param>
/// <param name="Malformed">Of them, such as no kernel sends.</param>
/// <param name="Nodes">That the guest's kernel knows.</param>
/// <param name="HeldNodes">Descriptors that hold nodes which are not open.</param>
/// <param name="OpenFiles">Files and directories that the guest has open.</param>
public sealed record ShareStatistics(long Requests, long Malformed, int Nodes, int HeldNodes, int OpenFiles);
