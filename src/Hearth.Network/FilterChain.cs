namespace Hearth.Network;

/// <summary>A chain of nftables that the kernel calls.</summary>
/// <param name="Family">The table's family.</param>
/// <param name="Table">The table.</param>
/// <param name="Name">The chain.</param>
/// <param name="IsClosed">Whether its policy is to drop.</param>
internal sealed record FilterChain(string Family, string Table, string Name, bool IsClosed)
{
    public override string ToString() => $"{Family} {Table} {Name}";
}
