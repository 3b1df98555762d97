using System.Collections.Concurrent;
using System.Diagnostics;
using Hearth.Linux.Network;

namespace Hearth.Linux.Tests.Network;

public sealed class NfTablesTests
{
    /// <summary>libnftables mixes the types of sets up, or ends the process, if two threads list sets of several types at once.</summary>
    [Fact]
    public void Threads_list_at_the_same_time()
    {
        ConcurrentQueue<Exception> failures = [];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(Try))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Empty(failures);

        void Try()
        {
            try
            {
                OwnNamespace.Run(List);
            }
            catch (InvalidOperationException failure)
            {
                failures.Enqueue(failure);
            }
        }

        static void List()
        {
            using NfTables tables = NfTables.TryOpen()!;
            string sets = string.Concat(Enumerable.Range(0, 50).Select(number => $"set pairs{number} {{ type ipv4_addr . inet_proto . inet_service . mark; }}\n"));
            Assert.Null(tables.Try($"table inet own {{ {sets}}}"));
            string types = "\"type\": [\"ipv4_addr\", \"inet_proto\", \"inet_service\", \"mark\"]";
            for (int time = 0; time < 300; time++)
            {
                Assert.Equal(51, tables.TryList("list table inet own")!.Split(types).Length);
            }
        }
    }

    /// <summary>Closing a socket after a transaction may take 20 ms.</summary>
    [Fact]
    public void Sockets_are_used_again_in_their_namespace_and_closed_when_nobody_does() => OwnNamespace.Run(() =>
    {
        for (int time = 0; time < 5; time++)
        {
            using NfTables tables = NfTables.TryOpen()!;
            Assert.Null(tables.Try("add table inet own; delete table inet own"));
            using RouteSocket filters = RouteSocket.OpenForFilters();
            ConnectionTracking.ForgetDatagrams(filters, [53]);
        }

        Assert.Equal(2, CountSockets());
        OwnNamespace.Run(() =>
        {
            using (NfTables other = NfTables.TryOpen()!)
            {
                Assert.Null(other.Try("add table inet own"));
            }

            Assert.Equal(1, CountSockets());
        });
        using (NfTables first = NfTables.TryOpen()!)
        {
            using NfTables second = NfTables.TryOpen()!;
            Assert.Null(first.Try("add table inet own"));
            Assert.Null(second.Try("delete table inet own"));
        }

        Assert.Equal(3, CountSockets());
        Assert.True(SpinWait.SpinUntil(() => CountSockets() == 0, TimeSpan.FromSeconds(60)));
    });

    [Fact]
    public void A_program_that_is_started_meanwhile_inherits_no_socket() => OwnNamespace.Run(() =>
    {
        using NfTables tables = NfTables.TryOpen()!;
        using Process program = Process.Start(new ProcessStartInfo("ls", ["-l", "/proc/self/fd"]) { RedirectStandardOutput = true, RedirectStandardInput = true, RedirectStandardError = true })!;
        Assert.DoesNotContain("socket:", program.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        program.WaitForExit();
    });

    /// <summary>Of this thread's namespace, by programs, to nfnetlink: protocol 12.</summary>
    private static int CountSockets() => File.ReadLines("/proc/thread-self/net/netlink").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Count(words => words[1] == "12" && words[2] != "0");
}
