using System.Collections.Concurrent;
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
}
