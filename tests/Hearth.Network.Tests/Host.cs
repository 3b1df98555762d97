using System.Collections.Concurrent;
using Hearth.Linux.Mounts;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Network.Tests;

/// <summary>A thread in a network namespace of its own: a guest, or a machine outside.</summary>
internal sealed class Host : IDisposable
{
    private readonly BlockingCollection<Action> work = [];
    private readonly Thread thread;

    public Host()
    {
        using ManualResetEventSlim started = new();
        thread = new Thread(() =>
        {
            Namespaces.Unshare(NamespaceKinds.Network);
            foreach (string switchName in (string[])["all", "default"])
            {
                File.WriteAllText($"/proc/sys/net/ipv6/conf/{switchName}/accept_dad", "0");
            }

            Path = $"{Directory.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName}/ns/net";

            // .NET would lock it, as Hearth does.
            Namespace = RootedPaths.TryOpenForReading(Path, out _)!;
            started.Set();
            foreach (Action action in work.GetConsumingEnumerable())
            {
                action();
            }
        });
        thread.Start();
        started.Wait();
    }

    public SafeFileHandle Namespace { get; private set; } = null!;

    /// <summary>The namespace's file, for other processes.</summary>
    public string Path { get; private set; } = "";

    public void Dispose()
    {
        work.CompleteAdding();
        thread.Join();
        Namespace.Dispose();
        work.Dispose();
    }

    /// <summary>Runs code in the namespace.</summary>
    public T Do<T>(Func<T> action)
    {
        TaskCompletionSource<T> done = new();
        work.Add(() =>
        {
            try
            {
                done.SetResult(action());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    public void Do(Action action) => Do(() =>
    {
        action();
        return true;
    });

    /// <summary>Receives one end of a cable, with addresses and a router.</summary>
    /// <param name="socket">The namespace that has the end.</param>
    /// <param name="name">The end.</param>
    /// <param name="hardware">The hardware address.</param>
    /// <param name="addresses">Addresses and the bits of their prefixes.</param>
    /// <param name="routers">Default routes.</param>
    public void Plug(RouteSocket socket, string name, ReadOnlySpan<byte> hardware, (string Address, int Bits)[] addresses, string[] routers)
    {
        int index = Links.Find(socket, name)!.Index;
        Links.SetAddress(socket, index, hardware);
        Links.SetNamespace(socket, index, Namespace);
        Do(() =>
        {
            using RouteSocket own = RouteSocket.Open();
            int inside = Links.Find(own, name)!.Index;
            Links.SetUp(own, Links.Find(own, "lo")!.Index);
            Links.SetUp(own, inside);
            foreach ((string address, int bits) in addresses)
            {
                Addresses.Add(own, new AddressInfo(inside, System.Net.IPAddress.Parse(address), (byte)bits));
            }

            foreach (string router in routers)
            {
                System.Net.IPAddress gateway = System.Net.IPAddress.Parse(router);
                bool isFour = gateway.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
                Routes.Add(own, new RouteInfo(isFour ? System.Net.IPAddress.Any : System.Net.IPAddress.IPv6Any, 0, gateway, inside));
            }
        });
    }
}
