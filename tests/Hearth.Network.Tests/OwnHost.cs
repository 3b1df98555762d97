using Hearth.Linux.Tests.Network;

namespace Hearth.Network.Tests;

/// <summary>
/// Runs code on a thread in a network namespace of its own, which is the host: the machine's own namespace is not touched, and
/// everything ends with the thread.
/// </summary>
internal sealed class OwnHost : IDisposable
{
    private readonly string directory = System.IO.Directory.CreateTempSubdirectory("hearth-network-").FullName;

    /// <summary>The directory of a network.</summary>
    public string Directory => Path.Combine(directory, "nat");

    public void Dispose() => System.IO.Directory.Delete(directory, recursive: true);

    public static void Run(Action<OwnHost> test) => OwnNamespace.Run(() =>
    {
        // A new namespace may inherit the machine's own switches.
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0");
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "0");
        using OwnHost host = new();
        test(host);
    });
}
