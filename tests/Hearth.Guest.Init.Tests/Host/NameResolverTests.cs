using System.Net.Sockets;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Names;

namespace Hearth.Guest.Init.Tests.Host;

/// <summary>Init's resolver: what it takes from clients, passes to the host and back, and what it refuses.</summary>
public sealed class NameResolverTests
{
    private const int MaxConnections = 64;

    /// <summary>musl's resolver asks for A and AAAA from one socket; the answers may come in any order.</summary>
    [Fact]
    public void Two_queries_from_one_socket_are_both_answered_in_the_hosts_order() => ResolverHost.Run(async resolver =>
    {
        using Socket client = ResolverHost.OpenDatagrams();
        client.Send(ResolverHost.Query(1));
        client.Send(ResolverHost.Query(2));
        (NameFrame Frame, byte[] Query)[] taken = [await resolver.TakeAsync(), await resolver.TakeAsync()];
        Assert.Equal([ResolverHost.Query(1), ResolverHost.Query(2)], taken.Select(one => one.Query));
        Assert.All(taken, one => Assert.Equal(NameTransport.Datagram, one.Frame.Transport));

        await resolver.AnswerAsync(taken[1].Frame.Id, ResolverHost.Query(22));
        Assert.Equal(ResolverHost.Query(22), await ResolverHost.ReceiveAsync(client));
        await resolver.AnswerAsync(taken[0].Frame.Id, ResolverHost.Query(11));
        Assert.Equal(ResolverHost.Query(11), await ResolverHost.ReceiveAsync(client));
    });

    [Fact]
    public void A_tcp_client_gets_an_answer_of_64_kilobytes_and_may_ask_again() => ResolverHost.Run(async resolver =>
    {
        using Socket client = ResolverHost.OpenStream();
        client.Send([.. ResolverHost.Framed(ResolverHost.Query(1)), .. ResolverHost.Framed(ResolverHost.Query(2, NameFrame.MaxQueryBytes))]);
        (NameFrame first, byte[] query) = await resolver.TakeAsync();
        Assert.Equal(NameTransport.Stream, first.Transport);
        Assert.Equal(ResolverHost.Query(1), query);
        byte[] largest = ResolverHost.Query(3, NameFrame.MaxAnswerBytes);
        await resolver.AnswerAsync(first.Id, largest);
        Assert.Equal(largest, await ResolverHost.ReadAsync(client));

        (NameFrame second, byte[] next) = await resolver.TakeAsync();
        Assert.Equal(ResolverHost.Query(2, NameFrame.MaxQueryBytes), next);
        await resolver.AnswerAsync(second.Id, ResolverHost.Query(4));
        Assert.Equal(ResolverHost.Query(4), await ResolverHost.ReadAsync(client));
    });

    [Fact]
    public void A_client_that_has_ended_its_side_still_gets_its_answer() => ResolverHost.Run(async resolver =>
    {
        using Socket client = ResolverHost.OpenStream();
        foreach (byte part in ResolverHost.Framed(ResolverHost.Query(1)))
        {
            client.Send([part]);
        }

        client.Shutdown(SocketShutdown.Send);
        await resolver.AnswerAsync((await resolver.TakeAsync()).Frame.Id, ResolverHost.Query(2));
        Assert.Equal(ResolverHost.Query(2), await ResolverHost.ReadAsync(client));
        Assert.Null(await ResolverHost.ReadAsync(client));
    });

    [Theory]
    [InlineData(11)]
    [InlineData(0)]
    [InlineData(NameFrame.MaxQueryBytes + 1)]
    public void A_message_of_a_wrong_length_never_reaches_the_host(int length) => ResolverHost.Run(async resolver =>
    {
        using Socket datagrams = ResolverHost.OpenDatagrams();
        using Socket stream = ResolverHost.OpenStream();
        datagrams.Send(new byte[length]);
        datagrams.Send(ResolverHost.Query(7));
        stream.Send(ResolverHost.Framed(new byte[length]));

        Assert.Equal(ResolverHost.Query(7), (await resolver.TakeAsync()).Query);
        Assert.Null(await ResolverHost.ReadAsync(stream));
    });

    [Fact]
    public void An_answer_of_nothing_closes_a_connection_and_a_datagram_gets_none() => ResolverHost.Run(async resolver =>
    {
        using Socket stream = ResolverHost.OpenStream();
        using Socket datagrams = ResolverHost.OpenDatagrams();
        stream.Send(ResolverHost.Framed(ResolverHost.Query(1)));
        await resolver.AnswerAsync((await resolver.TakeAsync()).Frame.Id, []);
        Assert.Null(await ResolverHost.ReadAsync(stream));

        datagrams.Send(ResolverHost.Query(2));
        await resolver.AnswerAsync((await resolver.TakeAsync()).Frame.Id, []);
        datagrams.Send(ResolverHost.Query(3));
        await resolver.AnswerAsync((await resolver.TakeAsync()).Frame.Id, ResolverHost.Query(4));
        Assert.Equal(ResolverHost.Query(4), await ResolverHost.ReceiveAsync(datagrams));
    });

    [Fact]
    public void An_answer_that_nobody_waits_for_is_dropped() => ResolverHost.Run(async resolver =>
    {
        using Socket client = ResolverHost.OpenDatagrams();
        client.Send(ResolverHost.Query(1));
        uint id = (await resolver.TakeAsync()).Frame.Id;
        await resolver.AnswerAsync(id + 1, ResolverHost.Query(9));
        await resolver.AnswerAsync(id + NameFrame.MaxOutstanding, ResolverHost.Query(9));
        await resolver.AnswerAsync(id, ResolverHost.Query(2));
        await resolver.AnswerAsync(id, ResolverHost.Query(9));
        Assert.Equal(ResolverHost.Query(2), await ResolverHost.ReceiveAsync(client));

        client.Send(ResolverHost.Query(3));
        await resolver.AnswerAsync((await resolver.TakeAsync()).Frame.Id, ResolverHost.Query(4));
        Assert.Equal(ResolverHost.Query(4), await ResolverHost.ReceiveAsync(client));
    });

    /// <summary>The host answers nothing: beyond the limit, clients get SERVFAIL at once, and the host gets no more.</summary>
    [Fact]
    public void A_flood_is_refused_beyond_the_limit() => ResolverHost.Run(async resolver =>
    {
        using Socket client = ResolverHost.OpenDatagrams();
        using Socket stream = ResolverHost.OpenStream();
        List<uint> ids = [];
        for (int i = 0; i < NameFrame.MaxOutstanding; i++)
        {
            client.Send(ResolverHost.Query(i));
            ids.Add((await resolver.TakeAsync()).Frame.Id);
        }

        client.Send(ResolverHost.Query(1000));
        byte[] failure = await ResolverHost.ReceiveAsync(client);
        Assert.Equal([3, 232, 0x81, 0x82, .. ResolverHost.Query(1000)[4..]], failure);
        stream.Send(ResolverHost.Framed(ResolverHost.Query(1001)));
        Assert.Equal(0x82, (await ResolverHost.ReadAsync(stream))![3]);

        await resolver.AnswerAsync(ids[0], ResolverHost.Query(5));
        Assert.Equal(ResolverHost.Query(5), await ResolverHost.ReceiveAsync(client));
        client.Send(ResolverHost.Query(6));
        Assert.Equal(ResolverHost.Query(6), (await resolver.TakeAsync()).Query);
    });

    [Fact]
    public void A_thousand_queries_get_their_own_answers() => ResolverHost.Run(async resolver =>
    {
        Socket[] clients = [.. Enumerable.Range(0, 100).Select(_ => ResolverHost.OpenDatagrams())];
        Task echoing = resolver.EchoAsync();
        await Task.WhenAll(clients.Select(async (client, index) =>
        {
            for (int i = 0; i < 10; i++)
            {
                byte[] query = ResolverHost.Query((index * 10) + i);
                await client.SendAsync(query, SocketFlags.None);
                byte[] echo = [.. query, (byte)'!'];
                Assert.Equal(echo, await ResolverHost.ReceiveAsync(client));
            }
        }));
        foreach (Socket client in clients)
        {
            client.Dispose();
        }

        await resolver.Stream.DisposeAsync();
        await echoing.InTime();
    });

    /// <summary>A client that connects and says nothing makes room for others, and one that waits for its answer does not.</summary>
    [Fact]
    public void An_idle_connection_makes_room_for_another() => ResolverHost.Run(async resolver =>
    {
        Socket waiting = ResolverHost.OpenStream();
        waiting.Send(ResolverHost.Framed(ResolverHost.Query(1)));
        uint id = resolver.TakeAsync().InTime().GetAwaiter().GetResult().Frame.Id;
        Socket[] idle = [.. Enumerable.Range(0, MaxConnections).Select(_ => ResolverHost.OpenStream())];

        Assert.Null(await ResolverHost.ReadAsync(idle[0]));
        await resolver.AnswerAsync(id, ResolverHost.Query(2));
        Assert.Equal(ResolverHost.Query(2), await ResolverHost.ReadAsync(waiting));
        idle[^1].Send(ResolverHost.Framed(ResolverHost.Query(3)));
        Assert.Equal(ResolverHost.Query(3), (await resolver.TakeAsync()).Query);
        foreach (Socket client in (Socket[])[waiting, .. idle])
        {
            client.Dispose();
        }
    });

    [Fact]
    public void An_idle_connection_is_closed_after_a_while() => ResolverHost.Run(async _ =>
    {
        using Socket idle = ResolverHost.OpenStream();
        idle.Send([0]);
        Assert.Null(await ResolverHost.ReadAsync(idle));
    });

    /// <summary>A client that asks and does not read the answers keeps no memory but its one answer.</summary>
    [Fact]
    public void A_client_that_does_not_read_delays_no_other() => ResolverHost.Run(async resolver =>
    {
        using Socket greedy = ResolverHost.OpenStream();
        using Socket other = ResolverHost.OpenDatagrams();
        greedy.ReceiveBufferSize = 4096;
        greedy.Blocking = false;
        for (int i = 0; i < 100; i++)
        {
            greedy.Send(ResolverHost.Framed(ResolverHost.Query(1)));
        }

        byte[] largest = ResolverHost.Query(3, NameFrame.MaxAnswerBytes);
        int answered = 0;
        for (int asked = 0; asked < 20; asked++)
        {
            other.Send(ResolverHost.Query(2));
            (NameFrame frame, byte[] query) = await resolver.TakeAsync();
            for (; frame.Transport == NameTransport.Stream; answered++)
            {
                await resolver.AnswerAsync(frame.Id, largest);
                (frame, query) = await resolver.TakeAsync();
            }

            Assert.Equal(ResolverHost.Query(2), query);
            await resolver.AnswerAsync(frame.Id, ResolverHost.Query(4));
            Assert.Equal(ResolverHost.Query(4), await ResolverHost.ReceiveAsync(other));
        }

        Assert.InRange(answered, 1, 99);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void When_the_stream_ends_clients_get_an_error_at_once(bool isOrderly) => ResolverHost.Run(async resolver =>
    {
        using Socket datagrams = ResolverHost.OpenDatagrams();
        using Socket stream = ResolverHost.OpenStream();
        if (isOrderly)
        {
            await resolver.Stream.CompleteAsync().InTime();
        }
        else
        {
            await resolver.Stream.WriteAsync(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }).InTime();
        }

        Assert.Null(await ResolverHost.ReadAsync(stream));
        SocketException refused = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            await datagrams.SendAsync(ResolverHost.Query(1), SocketFlags.None);
            await ResolverHost.ReceiveAsync(datagrams);
        });
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    });

    /// <summary>glibc asks for both families at once, and again by TCP for an answer that was cut.</summary>
    [Fact]
    public void The_c_library_finds_names() => ResolverHost.Run(async resolver =>
    {
        string configuration = Path.GetTempFileName();
        try
        {
            File.WriteAllText(configuration, "nameserver 127.0.0.11\noptions edns0\n");
            Task serving = Task.Run(() => TestNames.ServeAsync(resolver.Stream));

            Assert.Equal("192.0.2.7\nfd00::7\n", Find(configuration, "getent ahosts web.test | awk '$2 == \"STREAM\" { print $1 }' | sort"));
            Assert.Equal("192.0.2.8\n", Find(configuration, "getent ahosts four.test | awk '$2 == \"STREAM\" { print $1 }'"));
            Assert.Equal($"{TestNames.ManyAddresses}\n", Find(configuration, "getent ahosts many.test | grep -c STREAM"));
            Assert.Equal("2\n", Find(configuration, "getent ahosts none.test || echo $?"));

            await resolver.Stream.DisposeAsync();
            await serving.InTime();
        }
        finally
        {
            File.Delete(configuration);
        }
    });

    /// <summary>Runs a line in this thread's network namespace, with another resolv.conf.</summary>
    private static string Find(string configuration, string line) =>
        Tool.Run("/", "unshare", "--mount", "sh", "-c", $"mount --bind {configuration} /etc/resolv.conf && {{ {line}; }}");
}
