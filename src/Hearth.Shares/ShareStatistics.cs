namespace Hearth.Shares;

/// <summary>The current counters of a share.</summary>
/// <param name="Requests">The number of requests received so far.</param>
/// <param name="Malformed">The number of them that were malformed: no kernel sends such requests.</param>
/// <param name="Nodes">The number of nodes that the guest's kernel knows.</param>
/// <param name="HeldNodes">The number of descriptors of nodes that are not open.</param>
/// <param name="OpenFiles">The number of files and directories that the guest has open.</param>
public sealed record ShareStatistics(long Requests, long Malformed, int Nodes, int HeldNodes, int OpenFiles);
