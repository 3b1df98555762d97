using System.Net;
using System.Net.Sockets;
using System.Text;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.EndToEnd.Tests.Support;

/// <summary>
/// A machine outside, 192.0.2.9, at a cable to this thread's network namespace, which is 192.0.2.1. It has no route to anything
/// else. It answers each TCP connection to <see cref="Port"/> with the peer's address.
/// </summary>
internal sealed class OutsideHost : IDisposable
{
    public const string Address = "192.0.2.9";
    public const string HostAddress = "192.0.2.1";
    public const string Address6 = "2001:db8::9";
    public const string HostAddress6 = "2001:db8::1";
    public const int Port = 8080;

    private readonly TcpListener listener;
    private readonly SafeFileHandle namespaceHandle;

    public OutsideHost()
    {
        using RouteSocket socket = RouteSocket.Open();
        Links.SetUp(socket, Links.Find(socket, "lo")!.Index);
        Links.CreatePair(socket, "uplink", "wire");
        int uplink = Links.Find(socket, "uplink")!.Index;
        Addresses.Add(socket, new AddressInfo(uplink, IPAddress.Parse(HostAddress), 24));
        Addresses.Add(socket, new AddressInfo(uplink, IPAddress.Parse(HostAddress6), 64));
        Links.SetUp(socket, uplink);
        using ManualResetEventSlim plugged = new();
        TaskCompletionSource<SafeFileHandle> made = new();
        TaskCompletionSource<TcpListener> listening = new();
        new Thread(() =>
        {
            Namespaces.Unshare(NamespaceKinds.Network);
            made.SetResult(File.OpenHandle("/proc/thread-self/ns/net"));
            plugged.Wait();
            listening.SetResult(Listen());
        }).Start();
        namespaceHandle = made.Task.Result;
        Links.SetNamespace(socket, Links.Find(socket, "wire")!.Index, namespaceHandle);
        plugged.Set();
        listener = listening.Task.Result;
        _ = ServeAsync();
    }

    /// <summary>Gives the machine outside all addresses of 11.0.0.0/16. To be called on its own thread.</summary>
    public bool ServeRange()
    {
        using RouteSocket socket = RouteSocket.Open();
        Addresses.Add(socket, new AddressInfo(Links.Find(socket, "lo")!.Index, IPAddress.Parse("11.0.0.1"), 16));
        Links.SetUp(socket, Links.Find(socket, "lo")!.Index);
        return true;
    }

    /// <summary>Runs code on a thread of the machine outside.</summary>
    public T Run<T>(Func<T> code)
    {
        TaskCompletionSource<T> done = new();
        new Thread(() =>
        {
            try
            {
                Namespaces.Enter(namespaceHandle, NamespaceKinds.Network);
                done.SetResult(code());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        }).Start();
        return done.Task.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        listener.Dispose();
        namespaceHandle.Dispose();
    }

    private static TcpListener Listen()
    {
        using RouteSocket socket = RouteSocket.Open();
        int wire = Links.Find(socket, "wire")!.Index;
        Addresses.Add(socket, new AddressInfo(wire, IPAddress.Parse(Address), 24));
        Addresses.Add(socket, new AddressInfo(wire, IPAddress.Parse(Address6), 64));
        Links.SetUp(socket, wire);
        TcpListener created = new(IPAddress.Any, Port);
        created.Start();
        return created;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                string peer = ((IPEndPoint)client.Client.RemoteEndPoint!).Address.ToString();
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(peer + "\n"));
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The listener is closed.
        }
    }
}
