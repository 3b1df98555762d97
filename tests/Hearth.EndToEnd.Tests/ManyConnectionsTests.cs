using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests;

/// <summary>10,000 connections to a published port, all open at once.</summary>
public sealed class ManyConnectionsTests : IDisposable
{
    private const int Count = 10_000;
    private const int Port = 9000;

    /// <summary>As many are on their way at a time: more would overflow the emulated guest's own queues.</summary>
    private const int Batch = 200;

    /// <summary>Of a keeper that carries no connections.</summary>
    private const int FewDescriptors = 200;

    /// <summary>So much may a keeper take that has thousands of resting connections.</summary>
    private const int MostMebibytes = 400;

    private static readonly TimeSpan deadline = TimeSpan.FromMinutes(2);

    private readonly Sandbox sandbox = new();
    private readonly List<Socket> clients = [];

    public void Dispose()
    {
        clients.ForEach(client => client.Dispose());
        sandbox.Dispose();
    }

    [Fact(Explicit = true)]
    public void Rules_carry_them_without_the_keeper() => NetworkHost.Run(outside =>
    {
        int keeper = StartServer();

        Assert.Equal(Count, OpenAll(Count, () => outside.Run(NewClient), OutsideHost.HostAddress));

        Assert.InRange(Descriptors(keeper), 1, FewDescriptors);
        AssertWorksAfterwards(keeper);
    });

    [Fact]
    public void The_relay_carries_as_many_as_its_descriptors_allow_and_the_others_wait() => NetworkHost.Run(_ =>
    {
        int keeper = StartServer();
        int most = Math.Min(8192, SoftLimit(keeper) / 4);
        int served = OpenAll(Count, NewClient, "127.0.0.1", most);

        Assert.Equal(Math.Min(Count, most), served);
        Assert.InRange(Descriptors(keeper), 2 * served, (2 * served) + FewDescriptors);
        Assert.InRange(ResidentMebibytes(keeper), 1, MostMebibytes);
        Assert.Equal("alive", sandbox.Hearth("exec", "box", "echo", "alive"));

        // Whoever waits is served as soon as others end.
        int waiting = clients.Count - served;
        Assert.True(waiting > 0);
        foreach (Socket client in clients[..1000])
        {
            client.Dispose();
        }

        clients.RemoveRange(0, 1000);
        Sandbox.WaitUntil(() => clients.Count(IsServed) >= Math.Min(served, clients.Count), "the clients that waited", deadline);
        AssertWorksAfterwards(keeper);
    });

    /// <returns>The keeper of the server.</returns>
    private int StartServer()
    {
        Assert.True(ResourceLimits.Get("RLIMIT_NOFILE").Soft > Count + 1000, "the test itself needs as many descriptors");
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "box", "-p", $"{Port}:{Port}", NetworkHost.MakeTree(sandbox), "server", "hold", $"{Port}");
        Sandbox.WaitUntil(() => TryAsk(), "the server");
        return sandbox.KeeperOf("box");
    }

    private void AssertWorksAfterwards(int keeper)
    {
        clients.ForEach(client => client.Dispose());
        clients.Clear();
        Sandbox.WaitUntil(() => Descriptors(keeper) < FewDescriptors, "the end of the relayed connections", deadline);
        Sandbox.WaitUntil(() => TryAsk(), "a new connection", deadline);
        sandbox.Hearth("rm", "-f", "box");
    }

    /// <summary>Opens connections in batches, and waits for the server's byte on each, until there are as many as wanted.</summary>
    /// <returns>How many are served.</returns>
    private int OpenAll(int count, Func<Socket> create, string address, int most = Count)
    {
        IPEndPoint server = new(IPAddress.Parse(address), Port);
        while (clients.Count < count)
        {
            Socket[] batch = [.. Enumerable.Range(0, Math.Min(Batch, count - clients.Count)).Select(_ => create())];
            clients.AddRange(batch);
            Task[] connecting = [.. batch.Select(client => client.ConnectAsync(server))];
            if (clients.Count > most + 1000)
            {
                // The kernel's backlog is full: these wait for an answer.
                _ = Task.WhenAll(connecting).ContinueWith(failed => failed.Exception, TaskScheduler.Default);
                break;
            }

            Task.WaitAll(connecting, deadline);
            if (clients.Count <= most)
            {
                Sandbox.WaitUntil(() => batch.All(IsServed), $"the server's answers after {clients.Count} connections", deadline);
            }
        }

        Sandbox.WaitUntil(() => clients.Count(IsServed) >= Math.Min(most, clients.Count), "the server's answers", deadline);
        return clients.Count(IsServed);
    }

    private static bool IsServed(Socket client) => client.Available > 0;

    private static Socket NewClient() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private static bool TryAsk()
    {
        try
        {
            using TcpClient client = new("127.0.0.1", Port);
            return client.GetStream().ReadByte() == '.';
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return false;
        }
    }

    private static int Descriptors(int pid) => Directory.GetFiles($"/proc/{pid}/fd").Length;

    private static int SoftLimit(int pid) => int.Parse(
        File.ReadLines($"/proc/{pid}/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture);

    private static int ResidentMebibytes(int pid) => int.Parse(
        File.ReadLines($"/proc/{pid}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
