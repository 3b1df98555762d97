using System.Net;
using Hearth.Network.Names;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The names that a container's programs resolve without any server: those of its /etc/hosts, then those that the keeper itself answers.
/// The container's own name is not among them: such connections stay in the container.
/// </summary>
/// <param name="hosts">The entries of <c>--add-host</c>.</param>
/// <param name="gateways">The host's addresses in the container's networks.</param>
/// <param name="own">The keeper's answers.</param>
internal sealed class GuestNames(IReadOnlyList<(string Name, IPAddress Address)> hosts, IReadOnlyList<IPAddress> gateways, OwnNames own)
{
    /// <summary>The host's addresses as the container knows them, IPv4 first.</summary>
    public IReadOnlyList<IPAddress> Gateways => gateways;

    /// <summary>Finds a name's addresses.</summary>
    /// <param name="name">In lower case, without a dot at the end.</param>
    /// <returns>Where they come from; no addresses if servers are asked for the name.</returns>
    public (IReadOnlyList<IPAddress> Addresses, string Source) Find(string name)
    {
        IPAddress[] added = [.. hosts.Where(entry => string.Equals(entry.Name, name, StringComparison.OrdinalIgnoreCase)).Select(entry => entry.Address)];
        return added.Length > 0 ? (added, "by --add-host") : (own.Resolve(name) ?? [], OwnNames.IsHost(name) ? "the host" : "a container");
    }
}
