using System.Net;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;

namespace Hearth.Bench;

/// <summary>Runs code in a network namespace of its own, which ends with it.</summary>
internal static class OwnNetwork
{
    public static T Run<T>(Func<T> code)
    {
        TaskCompletionSource<T> done = new();
        Thread thread = new(() =>
        {
            try
            {
                Namespaces.Unshare(NamespaceKinds.Network);
                using RouteSocket socket = RouteSocket.Open();
                Links.SetUp(socket, Links.Find(socket, "lo")!.Index);
                done.SetResult(code());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        thread.Start();
        thread.Join();
        return done.Task.GetAwaiter().GetResult();
    }

    /// <summary>An interface that is not loopback, with an address of the host.</summary>
    internal sealed class Uplink : IDisposable
    {
        /// <summary>Nobody is there, but passt wants a default route.</summary>
        private const string NextHop = "192.0.2.254";

        public static Uplink Create(string address)
        {
            using RouteSocket socket = RouteSocket.Open();
            Links.CreatePair(socket, "uplink", "wire");
            int uplink = Links.Find(socket, "uplink")!.Index;
            Addresses.Add(socket, new AddressInfo(uplink, IPAddress.Parse(address), 24));
            Links.SetUp(socket, uplink);
            Links.SetUp(socket, Links.Find(socket, "wire")!.Index);
            Routes.Add(socket, new RouteInfo(IPAddress.Any, 0, IPAddress.Parse(NextHop), uplink));
            return new Uplink();
        }

        public void Dispose()
        {
            using RouteSocket socket = RouteSocket.Open();
            Links.Delete(socket, Links.Find(socket, "uplink")!.Index);
        }
    }
}
