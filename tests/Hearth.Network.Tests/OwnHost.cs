using Hearth.Linux.Tests.Network;

namespace Hearth.Network.Tests;

/// <summary>
/// Runs code on a thread in a network namespace of its own, which is the host: the machine's own namespace is not touched, and
/// everything ends with the thread.
/// </summary>
internal static class OwnHost
{
    public static void Run(Action test) => OwnNamespace.Run(() =>
    {
        // A new namespace may inherit the machine's own switches.
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0");
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "0");
        test();
    });
}
