using System.Net;
using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <summary>Tries on a host what networks need of it, in a network namespace of the trial's own.</summary>
public static class HostTrial
{
    private const int Rate = 1 << 20;
    private const string Ipv6Switch = "/proc/sys/net/ipv6/conf/default/disable_ipv6";

    /// <summary>
    /// Sets up a network with a guest, a published port, a limit and a policy: each device, each expression of nftables and each
    /// switch that Hearth uses.
    /// </summary>
    /// <returns>What is missing; null if the host has everything.</returns>
    public static string? FindMissing()
    {
        if (BridgeNetwork.FindObstacle() is { } obstacle)
        {
            return obstacle;
        }

        try
        {
            // A new namespace forwards nothing, even where this one does and nobody may change that.
            bool isForwarding = Forwarding.FindOff().Count == 0;
            string? withoutIpv6 = ReadSwitch();
            NetworkNamespace.RunInNew(() => SetUp(isForwarding, withoutIpv6));
            return null;
        }
        catch (Exception failure) when (failure is NetworkException or LinuxException)
        {
            return failure.Message;
        }
    }

    /// <summary>Tries whether the kernel forgets connections, without which networks work, but are less separate.</summary>
    /// <returns>What is wrong; null if nothing is.</returns>
    public static string? FindDoubt()
    {
        try
        {
            return NetworkNamespace.RunInNew(() =>
            {
                using RouteSocket filters = RouteSocket.OpenForFilters();
                return ConnectionTracking.IsSupported(filters) ? null
                    : "the kernel does not forget connections, so a container that gets the address of an earlier one may get its connections too";
            });
        }
        catch (LinuxException failure)
        {
            return $"the kernel's connections cannot be listed: {failure.Message}";
        }
    }

    /// <summary>Whether new interfaces of the host have no IPv6; null on a kernel without IPv6.</summary>
    private static string? ReadSwitch() => File.Exists(Ipv6Switch) ? File.ReadAllText(Ipv6Switch).Trim() : null;

    private static bool SetUp(bool isForwarding, string? withoutIpv6)
    {
        if (withoutIpv6 is not null && withoutIpv6 != ReadSwitch())
        {
            File.WriteAllText(Ipv6Switch, withoutIpv6);
        }

        BridgeNetwork network = new(NetworkDefinition.Default("trial")) { LeavesForwarding = isForwarding };
        AttachRequest request = new(0) { Ports = [new PublishedPort(TransportProtocol.Tcp, IPAddress.Any, 1, 1)], Rate = new TrafficRate(Rate, Rate) };
        NetworkAttachment place = network.Attach(request, _ => { }, _ => { });
        network.SetPolicy(place, EgressPolicy.Parse(false, ["example.org:443", "10.0.0.0/8:80", "2001:db8::/32", "host"], []), 0, []);
        network.Release(place.TapName);
        return true;
    }
}
