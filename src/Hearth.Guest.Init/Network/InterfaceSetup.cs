using System.Globalization;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Guest.Init.Network;

/// <summary>Configures the guest's network interfaces.</summary>
internal static class InterfaceSetup
{
    /// <summary>Interfaces appear with their driver; after this time an interface will not appear.</summary>
    private const int InterfaceTimeoutMs = 10_000;

    private const string InterfacesDirectory = "/sys/class/net";

    /// <summary>
    /// 1. Waits for all interfaces. 2. Names them eth0, eth1 and so on, while they are switched off as the kernel demands.
    /// 3. Each one's hardware address and MTU; then it is switched on, since routes need that; then its addresses, routes and
    /// neighbours.
    /// </summary>
    /// <param name="interfaces">The host's request.</param>
    /// <param name="devices">Reports interfaces.</param>
    /// <param name="timeoutMs">How long to wait for each interface.</param>
    /// <exception cref="GuestInitException">An interface is missing, or the kernel refuses a step.</exception>
    internal static void SetUp(IReadOnlyList<GuestInterface> interfaces, DeviceWatch devices, int timeoutMs = InterfaceTimeoutMs)
    {
        if (interfaces.Count == 0)
        {
            return;
        }

        using RouteSocket socket = RouteSocket.Open();
        LinkInfo[] links = new LinkInfo[interfaces.Count];
        for (int position = 0; position < links.Length; position++)
        {
            links[position] = Require(socket, interfaces[position].HardwareAddress, devices, timeoutMs);
        }

        Name(socket, links);
        for (int position = 0; position < links.Length; position++)
        {
            Configure(socket, links[position].Index, NameOf(position), interfaces[position]);
        }
    }

    /// <summary>Takes the interfaces away that got nothing. Devices cannot be removed, so their driver lets them go.</summary>
    /// <param name="used">How many are in use: eth0, eth1 and so on.</param>
    internal static void RemoveUnused(int used)
    {
        string[] kept = new string[used];
        for (int position = 0; position < used; position++)
        {
            kept[position] = NameOf(position);
        }

        foreach (string path in Directory.GetDirectories(InterfacesDirectory))
        {
            string device = Path.Combine(path, "device");
            if (Array.IndexOf(kept, Path.GetFileName(path)) < 0 && Directory.Exists(device) && File.ResolveLinkTarget(device, returnFinalTarget: false) is { } target)
            {
                File.WriteAllText(Path.Combine(device, "driver/unbind"), target.Name);
            }
        }
    }

    private static LinkInfo Require(RouteSocket socket, byte[] address, DeviceWatch devices, int timeoutMs) =>
        devices.WaitFor(() => Find(socket, address), timeoutMs) ?? throw new GuestInitException(
            $"cannot configure the network interface {Format(address)}: the machine has none with this address, or its driver (virtio_net) is not "
            + "loaded; use a kernel that has virtio_net");

    private static LinkInfo? Find(RouteSocket socket, byte[] address)
    {
        foreach (LinkInfo link in Links.List(socket))
        {
            if (link.Address is byte[] found && found.AsSpan().SequenceEqual(address))
            {
                return link;
            }
        }

        return null;
    }

    /// <summary>Interfaces may have each other's names, so those with a wrong one get a name that no other has first.</summary>
    private static void Name(RouteSocket socket, LinkInfo[] links)
    {
        for (int position = 0; position < links.Length; position++)
        {
            if (links[position].Name != NameOf(position))
            {
                Try(NameOf(position), () => Links.SetName(socket, links[position].Index, $"hearth{Text(links[position].Index)}"));
            }
        }

        for (int position = 0; position < links.Length; position++)
        {
            if (links[position].Name != NameOf(position))
            {
                Try(NameOf(position), () => Links.SetName(socket, links[position].Index, NameOf(position)));
            }
        }
    }

    private static void Configure(RouteSocket socket, int index, string name, GuestInterface given) => Try(name, () =>
    {
        if (given.NewHardwareAddress.Length > 0)
        {
            Links.SetAddress(socket, index, given.NewHardwareAddress);
        }

        if (given.MaximumTransmissionUnit > 0)
        {
            Links.SetMtu(socket, index, given.MaximumTransmissionUnit);
        }

        Links.SetUp(socket, index);
        foreach (GuestAddress address in given.Addresses)
        {
            Addresses.Add(socket, index, address.Address, address.PrefixLength, hasNetworkRoute: !given.HasAllRoutes);
        }

        AddRoutes(socket, index, given.Routes, areDirect: true);
        AddRoutes(socket, index, given.Routes, areDirect: false);
        foreach (GuestNeighbour neighbour in given.Neighbours)
        {
            Neighbours.Add(socket, index, neighbour.Address, neighbour.HardwareAddress);
        }
    });

    /// <summary>The directly connected networks come first: gateways may be in one of them.</summary>
    private static void AddRoutes(RouteSocket socket, int index, IReadOnlyList<GuestRoute> routes, bool areDirect)
    {
        foreach (GuestRoute route in routes)
        {
            if (route.Gateway.Length == 0 == areDirect)
            {
                Routes.Add(socket, index, route.Destination, route.PrefixLength, route.Gateway, route.Source, route.Metric, route.IsOnLink);
            }
        }
    }

    private static void Try(string name, Action act)
    {
        try
        {
            act();
        }
        catch (LinuxException failure)
        {
            throw new GuestInitException($"cannot configure the network interface {name}: {failure.Message}", failure);
        }
    }

    private static string NameOf(int position) => $"eth{Text(position)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Format(byte[] address) => Convert.ToHexStringLower(address) is { Length: 12 } digits
        ? $"{digits[..2]}:{digits[2..4]}:{digits[4..6]}:{digits[6..8]}:{digits[8..10]}:{digits[10..]}"
        : "";
}
