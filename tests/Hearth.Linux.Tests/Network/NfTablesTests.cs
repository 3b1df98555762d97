using Hearth.Linux.Network;

namespace Hearth.Linux.Tests.Network;

public sealed class NfTablesTests
{
    /// <summary>libnftables ends the process if two threads write lists of several types at once.</summary>
    [Fact]
    public void Threads_list_at_the_same_time()
    {
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() => OwnNamespace.Run(List)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        static void List()
        {
            using NfTables tables = NfTables.TryOpen()!;
            Assert.Null(tables.Try("table inet own { set pairs { type ipv4_addr . inet_proto . inet_service . mark; }\n}"));
            for (int time = 0; time < 200; time++)
            {
                Assert.Contains("\"inet_proto\"", tables.TryList("list table inet own")!, StringComparison.Ordinal);
            }
        }
    }
}
