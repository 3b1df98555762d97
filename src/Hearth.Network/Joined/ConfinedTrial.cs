using System.Net;
using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Network.Joined;

/// <summary>Tries what a policy in a namespace of somebody else needs of the host, in a namespace that ends at once.</summary>
public static class ConfinedTrial
{
    /// <returns>What is missing; null if the host has everything.</returns>
    public static string? FindObstacle()
    {
        if (BridgeNetwork.FindObstacle() is { } obstacle)
        {
            return obstacle;
        }

        try
        {
            return NetworkNamespace.RunInNew(() =>
            {
                using RouteSocket socket = RouteSocket.Open();
                Links.CreatePair(socket, "from", "to");
                Links.SetUp(socket, Links.Find(socket, "from")!.Index);
                Addresses.Add(socket, new AddressInfo(Links.Find(socket, "from")!.Index, IPAddress.Parse("192.0.2.1"), 24));
                using JoinedNamespace place = JoinedNamespace.OpenOwn("/proc/thread-self/ns/net");
                place.MakeTaps(1, null, _ => { });
                place.Confine([.. place.FindInterfaces().Take(1)], EgressPolicy.Parse(false, ["example.org:443", "10.0.0.0/8:80", "host"], ["example.org:80"]), _ => { });
                return (string?)null;
            });
        }
        catch (Exception failure) when (failure is NetworkException or LinuxException)
        {
            return failure.Message;
        }
    }
}
