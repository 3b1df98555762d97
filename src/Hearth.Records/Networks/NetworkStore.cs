using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Network;
using Hearth.Records.Events;
using Hearth.Records.Recovery;

namespace Hearth.Records.Networks;

/// <summary>
/// The networks of a state directory, a file for each, and Hearth's own, which has no file. They are records only: a network's
/// bridge exists while a container of it runs.
/// </summary>
/// <param name="directories">The directories that hold the networks and the containers.</param>
/// <param name="clock">The time of creations and events.</param>
public sealed class NetworkStore(HearthDirectories directories, TimeProvider clock)
{
    /// <summary>docker's name for the kind of all of Hearth's networks.</summary>
    public const string Driver = "bridge";

    private const string BridgePrefix = "hearth-br-";

    /// <summary>With the prefix, as many as the name of an interface can have. A tap's name has hexadecimal digits where this has letters.</summary>
    private const int BridgeDigits = 5;

    private const string Extension = ".json";

    private readonly EventJournal journal = new(directories, clock);

    /// <summary>The subnet of Hearth's own network; null for the usual one.</summary>
    public string? DefaultSubnet { get; init; }

    /// <summary>All networks, by name.</summary>
    /// <exception cref="HearthException">One cannot be read.</exception>
    public IReadOnlyList<NetworkEntry> List() => [.. Stored().Append(BuiltIn()).OrderBy(entry => entry.Name, StringComparer.Ordinal)];

    /// <summary>Finds the network of a name, an id or the beginning of an id.</summary>
    /// <exception cref="HearthException">None, or more than one.</exception>
    public NetworkEntry Find(string reference)
    {
        string name = NetworkName.Canonical(reference);
        if (name == NetworkOptions.DefaultNetwork)
        {
            return BuiltIn();
        }

        if (NetworkName.IsName(name) && TryRead(PathOf(name)) is { } named)
        {
            return named;
        }

        NetworkEntry[] matches = reference.Length > 0 && reference.All(char.IsAsciiHexDigitLower)
            ? [.. List().Where(entry => entry.Id.StartsWith(reference, StringComparison.Ordinal))]
            : [];
        return matches switch
        {
            [NetworkEntry only] => only,
            [] => throw Unknown(reference),
            _ => throw new HearthException(HearthError.InvalidRequest, $"'{reference}' may be several networks: give more of its id, or its name"),
        };
    }

    /// <summary>Creates a network.</summary>
    /// <exception cref="HearthException">The name is taken or invalid, or an address is invalid or in use.</exception>
    public NetworkEntry Create(NetworkRequest request)
    {
        NetworkName.RequireFree(request.Name);
        return Locked($"create the network '{request.Name}'", () =>
        {
            if (File.Exists(PathOf(request.Name)))
            {
                throw new HearthException(HearthError.NameTaken, $"cannot create the network '{request.Name}': a network of this name exists; choose another name, or remove that one ('hearth network rm')");
            }

            IReadOnlyList<NetworkEntry> others = List();
            string id = NewId(others);
            NetworkDefinition definition = new NetworkPool(others).Define(request, BridgeOf(id));
            NetworkEntry entry = NetworkEntry.Of(id, request.Name, clock.GetUtcNow(), definition) with { Labels = request.Labels, Reserved = request.Reserved, Options = request.Options };
            AtomicFile.Write(PathOf(entry.Name), entry.ToJson());
            Report(entry, EventAction.Create);
            return entry;
        });
    }

    /// <summary>Removes a network.</summary>
    /// <exception cref="HearthException">It does not exist, is Hearth's own, or a container has it, whether it runs or not.</exception>
    public void Remove(string reference)
    {
        NetworkEntry entry = Find(reference);
        if (entry.IsBuiltIn)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot remove the network '{entry.Name}': it is Hearth's own; its bridge goes with its last container");
        }

        Locked($"remove the network '{entry.Name}'", () => OwnerOf(entry) is not { } owner ? Delete(entry) : throw new HearthException(
            HearthError.WrongState, $"cannot remove the network '{entry.Name}': the container '{owner}' has it; disconnect it ('hearth network disconnect'), or remove it ('hearth rm')"));
    }

    /// <summary>Removes the networks that no container has.</summary>
    /// <returns>The removed networks.</returns>
    public IReadOnlyList<NetworkEntry> Prune(Func<NetworkEntry, bool> selects) => !Stored().Any(selects) ? []
        : Locked("prune the networks", () => (IReadOnlyList<NetworkEntry>)[.. Stored().Where(selects).Where(entry => OwnerOf(entry) is null).ToArray().Where(Delete)]);

    /// <summary>The running containers of a network.</summary>
    public IReadOnlyList<NetworkMember> MembersOf(NetworkEntry entry) =>
    [
        .. from container in new ContainerStore(directories, clock).List()
           from place in RunResources.TryRead(directories, container.Id)?.Networks ?? []
           where place.Network == entry.Name
           select new NetworkMember(container.Id, container.Name, place),
    ];

    /// <summary>Writes an event of a network.</summary>
    /// <param name="entry">The network.</param>
    /// <param name="action">One of <see cref="EventAction"/>.</param>
    /// <param name="container">The id of the container that it concerns; null for none.</param>
    public void Report(NetworkEntry entry, string action, string? container = null) => journal.Append(ContainerEvent.Of(EventType.Network, action, entry.Id, clock.GetUtcNow(),
    [
        new(EventAttribute.Name, entry.Name),
        new(EventAttribute.Type, Driver),
        .. container is null ? Array.Empty<KeyValuePair<string, string>>() : [new(EventAttribute.Container, container)],
    ]));

    private NetworkEntry BuiltIn()
    {
        try
        {
            string name = NetworkOptions.DefaultNetwork;
            string id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"hearth {name}")));
            return NetworkEntry.Of(id, name, DateTimeOffset.UnixEpoch, NetworkDefinition.Default(name, DefaultSubnet is { } given ? Subnet.Parse(given) : null));
        }
        catch (NetworkException failure)
        {
            throw NetworkFailures.Translate(failure);
        }
    }

    private IEnumerable<NetworkEntry> Stored() => Directory.Exists(directories.Networks)
        ? Directory.EnumerateFiles(directories.Networks, "*" + Extension).Select(TryRead).OfType<NetworkEntry>()
        : [];

    /// <returns>Null if it does not exist.</returns>
    private static NetworkEntry? TryRead(string path)
    {
        try
        {
            return NetworkEntry.Parse(File.ReadAllBytes(path)) ?? throw new JsonException("it is empty");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot read a network in '{path}': {exception.Message}; remove the file if it is damaged", exception);
        }
    }

    /// <returns>False if another process removed it first.</returns>
    private bool Delete(NetworkEntry entry)
    {
        string path = PathOf(entry.Name);
        if (!File.Exists(path))
        {
            return false;
        }

        File.Delete(path);
        Report(entry, EventAction.Destroy);
        return true;
    }

    /// <returns>A container that has the network; null for none.</returns>
    private string? OwnerOf(NetworkEntry entry) => new ContainerStore(directories, clock).List()
        .FirstOrDefault(container => container.Description.Network.EffectiveNetworks.Any(place => IsOf(place, entry)))?.Name;

    private bool IsOf(NetworkPlacement place, NetworkEntry entry) =>
        place.Network == entry.Name || (entry.Id.StartsWith(place.Network, StringComparison.Ordinal) && !File.Exists(PathOf(place.Network)));

    private string PathOf(string name) => Path.Combine(directories.Networks, name + Extension);

    private static string BridgeOf(string id) => BridgePrefix + id[..BridgeDigits];

    /// <summary>A random id whose bridge no other network has.</summary>
    private static string NewId(IReadOnlyList<NetworkEntry> others)
    {
        string id;
        do
        {
            id = ContainerId.New().ToString();
        }
        while (others.Any(other => other.Bridge == BridgeOf(id)));
        return id;
    }

    private static HearthException Unknown(string reference) =>
        new(HearthError.NetworkUnknown, $"there is no network '{reference}': 'hearth network ls' lists all, 'hearth network create' makes one");

    private T Locked<T>(string act, Func<T> change)
    {
        try
        {
            Directory.CreateDirectory(directories.Networks);
            using DirectoryLock alone = DirectoryLock.Take(directories.Networks);

            // Whoever writes has the lock, so these are of writers that were killed.
            foreach (string draft in Directory.EnumerateFiles(directories.Networks, $"*{AtomicFile.DraftSuffix}"))
            {
                File.Delete(draft);
            }

            return change();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LinuxException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot {act} in '{directories.Networks}': {exception.Message}; --state-dir names another place", exception);
        }
    }
}
