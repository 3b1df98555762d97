using System.Net;
using Hearth.Containers;
using Hearth.Network.Names;
using Hearth.Records;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The names of running containers that share a network with this one: their names, the beginnings of their ids, and their aliases,
/// with the addresses in the shared networks. Every question looks at the records, so an answer is right after a rename or an end.
/// </summary>
/// <param name="directories">The directories of the containers.</param>
/// <param name="clock">The store's clock.</param>
/// <param name="networks">The names of this container's networks.</param>
internal sealed class ContainerNetworkNames(HearthDirectories directories, TimeProvider clock, IReadOnlyCollection<string> networks) : IHostNames
{
    /// <summary>docker's short id. Shorter words of hexadecimal digits, such as "db", are more likely names of others.</summary>
    private const int FewestIdDigits = 12;

    private readonly ContainerStore store = new(directories, clock);
    private readonly SharedPlaces shared = new(directories, clock, networks);

    public IReadOnlyList<IPAddress>? Resolve(string name)
    {
        if (!ContainerNames.IsName(name))
        {
            return null;
        }

        string? named = FindId(name);
        IReadOnlyList<(string Id, NetworkPlace Place)> all = shared.List();
        NetworkPlace[] places =
        [
            .. from entry in all.Where(entry => entry.Id == named).Concat(all.Where(entry => entry.Id != named && entry.Place.Aliases.Contains(name, StringComparer.OrdinalIgnoreCase)))
               where shared.IsAlive(entry.Id)
               select entry.Place,
        ];
        return places.Length > 0 ? [.. places.SelectMany(place => (string[])[place.Ipv4, place.Ipv6]).Where(text => text.Length > 0).Select(IPAddress.Parse)] : null;
    }

    public string? NameOf(IPAddress address)
    {
        string text = address.ToString();
        return shared.List()
            .Where(entry => (entry.Place.Ipv4 == text || entry.Place.Ipv6 == text) && shared.IsAlive(entry.Id))
            .Select(entry => store.TryRead(entry.Id)?.Name)
            .FirstOrDefault(name => name is not null);
    }

    /// <summary>Finds a container; questions are in lower case, names may have capitals.</summary>
    private string? FindId(string name)
    {
        if (name.Length >= FewestIdDigits || !name.All(char.IsAsciiHexDigitLower) || Path.Exists(Path.Combine(directories.Names, name)))
        {
            try
            {
                return store.FindId(name);
            }
            catch (HearthException failure) when (failure.Error is HearthError.ContainerUnknown or HearthError.InvalidRequest)
            {
                // It may have capitals.
            }
        }

        string? exact = Directory.Exists(directories.Names)
            ? Directory.EnumerateFileSystemEntries(directories.Names).Select(Path.GetFileName).FirstOrDefault(each => string.Equals(each, name, StringComparison.OrdinalIgnoreCase))
            : null;
        return exact is null ? null : new FileInfo(Path.Combine(directories.Names, exact)).LinkTarget;
    }
}
