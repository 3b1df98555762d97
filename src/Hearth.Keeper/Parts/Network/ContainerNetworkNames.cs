using System.Net;
using Hearth.Containers;
using Hearth.Network.Names;
using Hearth.Records;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The names of running containers of the network: their names and ids, also the beginnings of ids. Every question reads the
/// records, so an answer is right after a rename or an end.
/// </summary>
internal sealed class ContainerNetworkNames(HearthDirectories directories, TimeProvider clock) : IHostNames
{
    private readonly ContainerStore store = new(directories, clock);

    public IReadOnlyList<IPAddress>? Resolve(string name)
    {
        if (!ContainerNames.IsName(name))
        {
            return null;
        }

        try
        {
            return AddressesOf(store.FindId(name));
        }
        catch (HearthException failure) when (failure.Error is HearthError.ContainerUnknown or HearthError.InvalidRequest)
        {
            return null;
        }
    }

    public string? NameOf(IPAddress address)
    {
        string text = address.ToString();
        return Directory.Exists(directories.Containers)
            ? Directory.EnumerateDirectories(directories.Containers).Select(Path.GetFileName).OfType<string>()
                .Where(id => PlacesOf(id).Any(place => place.Ipv4 == text || place.Ipv6 == text))
                .Select(id => store.TryRead(id)?.Name)
                .FirstOrDefault(name => name is not null)
            : null;
    }

    private IReadOnlyList<IPAddress>? AddressesOf(string id) => PlacesOf(id) is { Count: > 0 } places
        ? [.. places.SelectMany(place => (string[])[place.Ipv4, place.Ipv6]).Select(IPAddress.Parse)]
        : null;

    private IReadOnlyList<NetworkPlace> PlacesOf(string id) => RunResources.TryRead(directories, id)?.Networks ?? [];
}
