using System.Net;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <summary>
/// A bridge with masquerading. The state is in the kernel alone: a tap is its guest's lease, since its name is the address, and
/// taps are created exclusively. The bridge, its table and forwarding exist from the first guest to the last.
/// </summary>
/// <param name="directory">A directory of the running host: the network's lock, and what to turn off again.</param>
/// <param name="bridge">The bridge's name, at most 15 bytes.</param>
/// <param name="subnet">The guests' addresses.</param>
public sealed class NatNetwork(string directory, string bridge, Subnet subnet)
{
    /// <summary>What the names of all taps begin with.</summary>
    public const string TapPrefix = "hearth-";

    private const string DefaultBridge = "hearth0";

    private readonly NatRules rules = new(bridge, subnet);

    /// <summary>The network of containers that name no other.</summary>
    /// <param name="networks">The directory of all networks.</param>
    public static NatNetwork Default(string networks) => new(Path.Combine(networks, "nat"), DefaultBridge, Subnet.Default);

    /// <summary>Why this host cannot have the network.</summary>
    /// <returns>Null if it can.</returns>
    public static string? FindObstacle()
    {
        if (!TapDevices.IsAvailable)
        {
            return "/dev/net/tun does not exist; load the kernel module tun";
        }

        using NfTables? tables = NfTables.TryOpen();
        return tables is null ? "libnftables is missing; install the package libnftables1" : null;
    }

    /// <summary>The name of an address's tap, which is its lease.</summary>
    public static string TapOf(IPAddress address) => TapPrefix + Convert.ToHexStringLower(address.GetAddressBytes());

    /// <summary>Lets a user open a tap.</summary>
    /// <exception cref="NetworkException">The tap does not exist.</exception>
    public static void SetOwner(string tap, uint user)
    {
        try
        {
            TapDevices.SetOwner(tap, user);
        }
        catch (LinuxException failure)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot give the tap '{tap}' to user {user}: {failure.Message}", failure);
        }
    }

    /// <summary>Gives a guest an address and a tap. Sets the bridge up for the first one.</summary>
    /// <param name="seed">Chooses the address to try first; the same guest tends to get the same one.</param>
    /// <param name="note">Records a tap's name before the tap is created, so that another process can remove it after a crash.</param>
    /// <param name="changed">Receives the kernel's switches that had to be turned on.</param>
    /// <exception cref="NetworkException">The pool is exhausted, or the host cannot have the network.</exception>
    public NetworkAttachment Attach(uint seed, Action<string> note, Action<string> changed)
    {
        Directory.CreateDirectory(directory);
        try
        {
            using DirectoryLock gate = DirectoryLock.Take(directory);
            using RouteSocket socket = RouteSocket.Open();
            string? taken = null;
            try
            {
                LinkInfo own = SetUp(socket, changed);
                (IPAddress address, taken) = Lease(socket, seed, note);
                int index = Links.Find(socket, taken)!.Index;
                Links.SetMaster(socket, index, own.Index);
                Links.SetUp(socket, index);
                return Describe(address, taken);
            }
            catch
            {
                Remove(socket, taken);
                TearDownIfUnused(socket);
                throw;
            }
        }
        catch (Exception failure) when (failure is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot attach a machine to the network '{bridge}': {failure.Message}", failure);
        }
    }

    /// <summary>Removes a guest's tap; with the last one, the bridge, the table and what was turned on. A tap that does not exist is no error.</summary>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Release(string tap)
    {
        try
        {
            Directory.CreateDirectory(directory);
            using DirectoryLock gate = DirectoryLock.Take(directory);
            using RouteSocket socket = RouteSocket.Open();
            Remove(socket, tap);
            TearDownIfUnused(socket);
        }
        catch (Exception failure) when (failure is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot remove the tap '{tap}' of the network '{bridge}': {failure.Message}", failure);
        }
    }

    private LinkInfo SetUp(RouteSocket socket, Action<string> changed)
    {
        using NfTables tables = NfTables.TryOpen()
            ?? throw new NetworkException(NetworkError.HostUnsuitable, "cannot filter the network: libnftables is missing; install the package libnftables1");
        _ = Links.TryCreateBridge(socket, bridge, HardwareAddressOf(subnet.Gateway));
        LinkInfo own = Links.Find(socket, bridge)!;
        if (tables.TryList(rules.List) is null && tables.Try(rules.Create) is { } refusal)
        {
            throw new NetworkException(NetworkError.HostUnsuitable, $"cannot create the nftables table '{bridge}': {refusal}");
        }

        Addresses.Add(socket, new AddressInfo(own.Index, subnet.Gateway, subnet.PrefixLength));
        Addresses.Add(socket, new AddressInfo(own.Index, UniqueLocalPrefix.AddressOf(subnet.Gateway), NetworkAttachment.Ipv6PrefixLength));
        Links.SetUp(socket, own.Index);
        foreach (string path in new Forwarding(directory).TurnOn())
        {
            changed(path);
        }

        return own;
    }

    /// <summary>Looks before it notes a tap, so that after a crash nobody removes another guest's tap. The caller holds the network's lock.</summary>
    private (IPAddress Address, string Tap) Lease(RouteSocket socket, uint seed, Action<string> note)
    {
        HashSet<string> used = [.. Links.List(socket).Select(link => link.Name)];
        for (uint attempt = 0; attempt < subnet.GuestCount; attempt++)
        {
            IPAddress address = subnet.AddressOf((seed + attempt) % subnet.GuestCount);
            string tap = TapOf(address);
            if (used.Contains(tap))
            {
                continue;
            }

            note(tap);
            if (TapDevices.TryCreate(tap, owner: 0))
            {
                return (address, tap);
            }
        }

        throw new NetworkException(NetworkError.PoolExhausted, $"cannot find a free address in {subnet}: all {subnet.GuestCount} are in use");
    }

    private NetworkAttachment Describe(IPAddress address, string tap) => new(
        tap,
        HardwareAddressOf(address),
        address,
        subnet.PrefixLength,
        subnet.Gateway,
        UniqueLocalPrefix.AddressOf(address),
        UniqueLocalPrefix.AddressOf(subnet.Gateway));

    private void TearDownIfUnused(RouteSocket socket)
    {
        IReadOnlyList<LinkInfo> links = Links.List(socket);
        if (links.FirstOrDefault(link => link.Name == bridge) is { } own && links.All(link => link.Master != own.Index))
        {
            Links.Delete(socket, own.Index);
            using NfTables? tables = NfTables.TryOpen();
            _ = tables?.Try(rules.Remove);
            new Forwarding(directory).Restore();
        }
    }

    private static void Remove(RouteSocket socket, string? tap)
    {
        if (tap?.StartsWith(TapPrefix, StringComparison.Ordinal) == true && Links.Find(socket, tap) is { } link)
        {
            Links.Delete(socket, link.Index);
        }
    }

    private static byte[] HardwareAddressOf(IPAddress address) => [0x02, (byte)'h', .. address.GetAddressBytes()];
}
