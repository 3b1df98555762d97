using System.Net;
using Hearth.Containers;
using Hearth.Network.Names;
using Hearth.Records;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The names of running containers that share a network with this one: their names, the beginnings of their ids, and their aliases,
/// with the addresses in the shared networks. Every question reads the records, so an answer is right after a rename or an end.
/// </summary>
/// <param name="directories">The directories of the containers.</param>
/// <param name="clock">The store's clock.</param>
/// <param name="networks">The names of this container's networks.</param>
internal sealed class ContainerNetworkNames(HearthDirectories directories, TimeProvider clock, IReadOnlyCollection<string> networks) : IHostNames
{
    /// <summary>docker's short id. Shorter words of hexadecimal digits, such as "db", are more likely names of others.</summary>
    private const int FewestIdDigits = 12;

    private readonly ContainerStore store = new(directories, clock);

    public IReadOnlyList<IPAddress>? Resolve(string name)
    {
        if (!ContainerNames.IsName(name))
        {
            return null;
        }

        string? named = FindId(name);
        NetworkPlace[] places =
        [
            .. named is null ? [] : SharedPlacesOf(named),
            .. from id in RunningIds()
               where id != named
               from place in SharedPlacesOf(id)
               where place.Aliases.Contains(name, StringComparer.OrdinalIgnoreCase)
               select place,
        ];
        return places.Length > 0 ? [.. places.SelectMany(place => (string[])[place.Ipv4, place.Ipv6]).Select(IPAddress.Parse)] : null;
    }

    public string? NameOf(IPAddress address)
    {
        string text = address.ToString();
        return RunningIds()
            .Where(id => SharedPlacesOf(id).Any(place => place.Ipv4 == text || place.Ipv6 == text))
            .Select(id => store.TryRead(id)?.Name)
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

    private IEnumerable<string> RunningIds() => Directory.Exists(directories.Containers)
        ? Directory.EnumerateDirectories(directories.Containers).Select(path => Path.GetFileName(path)).Where(id => ContainerId.TryParse(id, out _))
        : [];

    private IEnumerable<NetworkPlace> SharedPlacesOf(string id) =>
        RunResources.TryRead(directories, id)?.Networks.Where(place => networks.Contains(place.Network)) ?? [];
}
