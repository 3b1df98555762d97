namespace Hearth.Linux.Network;

/// <summary>A rule that chooses a routing table, ip-rule(8).</summary>
/// <param name="Priority">Its place: rules of lower numbers are asked first.</param>
/// <param name="Table">The table.</param>
public sealed record RoutingRule(uint Priority, uint Table)
{
    /// <summary>The mark that a packet must have; 0 for any.</summary>
    public uint Mark { get; init; }
}
