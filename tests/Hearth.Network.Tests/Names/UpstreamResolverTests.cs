using System.Net;
using System.Net.Sockets;
using Hearth.Network.Names;

namespace Hearth.Network.Tests.Names;

public sealed class UpstreamResolverTests
{
    private static readonly byte[] question = Messages.Query("www.example", DnsType.Address);

    [Fact]
    public async Task The_answer_has_the_clients_id_and_the_server_saw_another_question_for_each()
    {
        List<(int Id, byte[] Query)> seen = [];
        await using FakeServer server = new("127.0.0.1", 0, query =>
        {
            seen.Add((Messages.Parse(query).Id, query));
            return [Messages.Answer(query, "192.0.2.1")];
        });
        UpstreamResolver resolver = Resolver(server.Port, "127.0.0.1");
        for (int i = 0; i < 20; i++)
        {
            DnsMessage answer = (await resolver.AskAsync(Messages.Parse(question), default))!;
            Assert.Equal(0x1234, answer.Id);
            Assert.Equal(["192.0.2.1"], Messages.AddressesOf(answer.Bytes));
        }

        Assert.True(seen.Select(query => query.Id).Distinct().Count() > 10);
        Assert.All(seen, query => Assert.Equal(question[12..], query.Query[12..]));
    }

    /// <summary>What has a wrong id, another question or no flag, or is no message, comes before the true answer.</summary>
    [Fact]
    public async Task Lies_are_ignored()
    {
        await using FakeServer server = new("127.0.0.1", 0, query =>
        {
            byte[] otherId = Messages.Answer(query, "203.0.113.1");
            otherId[0] ^= 1;
            byte[] otherQuestion = [.. query[..2], .. Messages.Answer(Messages.Query("evil.example", DnsType.Address), "203.0.113.2")[2..]];
            byte[] otherType = [.. query[..2], .. Messages.Answer(Messages.Query("www.example", DnsType.Ipv6Address), "2001:db8::2")[2..]];
            byte[] noAnswer = Messages.Answer(query, "203.0.113.3");
            noAnswer[2] &= 0x7f;
            byte[] cutForAnother = Messages.Cut(Messages.Query("evil.example", DnsType.Address));
            return [otherId, otherQuestion, otherType, noAnswer, cutForAnother, [1, 2, 3], [], Messages.Answer(query, "192.0.2.1")];
        });

        DnsMessage answer = (await Resolver(server.Port, "127.0.0.1").AskAsync(Messages.Parse(question), default))!;
        Assert.Equal(["192.0.2.1"], Messages.AddressesOf(answer.Bytes));
        Assert.Equal(0, server.StreamCount);
    }

    /// <summary>Old servers and some firewalls answer with a header alone; those that do not know EDNS answer the plain question.</summary>
    [Theory]
    [InlineData(1, true, 2)]
    [InlineData(5, false, 1)]
    [InlineData(4, false, 1)]
    public async Task A_failure_without_the_question_counts_at_once(int code, bool hasPlainAnswer, int datagrams)
    {
        await using FakeServer server = new("127.0.0.1", 0, query => Messages.Parse(query).Options is null
            ? [Messages.Answer(query, "192.0.2.1")]
            : [[.. query[..2], 0x81, (byte)(0x80 | code), 0, 0, 0, 0, 0, 0, 0, 0]]);
        byte[] extended = [.. question[..10], 0, 1, .. question[12..], 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        DnsMessage answer = (await Resolver(server.Port, "127.0.0.1").AskAsync(Messages.Parse(extended), default))!;

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(4), $"it took {watch.Elapsed}");
        Assert.Equal(hasPlainAnswer ? ["192.0.2.1"] : [], Messages.AddressesOf(answer.Bytes));
        Assert.Equal(hasPlainAnswer ? 0 : code, (int)answer.ResponseCode);
        Assert.True(server.DatagramCount >= datagrams);
    }

    /// <summary>The liar knows the id and the client's port, and is first.</summary>
    [Fact]
    public async Task Another_source_is_ignored()
    {
        using UdpClient liar = new(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 0));
        using UdpClient otherPort = new(new IPEndPoint(IPAddress.Loopback, 0));
        await using FakeServer server = new("127.0.0.1", 0, (query, client) =>
        {
            byte[] lie = Messages.Answer(query, "203.0.113.9");
            liar.Send(lie, (IPEndPoint)client);
            otherPort.Send(lie, (IPEndPoint)client);
            return [Messages.Answer(query, "192.0.2.1")];
        });
        DnsMessage answer = (await Resolver(server.Port, "127.0.0.1").AskAsync(Messages.Parse(question), default))!;
        Assert.Equal(["192.0.2.1"], Messages.AddressesOf(answer.Bytes));
    }

    [Fact]
    public async Task A_cut_answer_is_asked_for_by_tcp_also_if_it_was_cut_within_a_record()
    {
        byte[]? cut = null;
        await using FakeServer server = new(
            "127.0.0.1", 0,
            query => [cut = [.. Messages.Cut(query)[..6], 0, 5, .. Messages.Cut(query)[8..], 0xc0]],
            Messages.Huge);
        DnsMessage answer = (await Resolver(server.Port, "127.0.0.1").AskAsync(Messages.Parse(question), default))!;
        Assert.Equal((65535, 1, 1), (answer.Bytes.Length, server.DatagramCount, server.StreamCount));
        Assert.NotNull(cut);
    }

    [Theory]
    [InlineData(nameof(DnsResponseCode.ServerFailure))]
    [InlineData(nameof(DnsResponseCode.Refused))]
    [InlineData(nameof(DnsResponseCode.NotImplemented))]
    public async Task A_server_that_fails_leaves_the_question_to_the_next(string result)
    {
        await using FakeServer first = new("127.0.0.1", 0, query => [Messages.Failure(query, Enum.Parse<DnsResponseCode>(result))]);
        await using FakeServer second = new("127.0.0.2", first.Port, query => [Messages.Answer(query, "192.0.2.2")]);
        DnsMessage answer = (await Resolver(first.Port, "127.0.0.1", "127.0.0.2").AskAsync(Messages.Parse(question), default))!;
        Assert.Equal(["192.0.2.2"], Messages.AddressesOf(answer.Bytes));
        Assert.Equal((1, 1), (first.DatagramCount, second.DatagramCount));
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_an_answer()
    {
        await using FakeServer first = new("127.0.0.1", 0, query => [Messages.Failure(query, DnsResponseCode.NameError)]);
        await using FakeServer second = new("127.0.0.2", first.Port, query => [Messages.Answer(query, "192.0.2.2")]);
        DnsMessage answer = (await Resolver(first.Port, "127.0.0.1", "127.0.0.2").AskAsync(Messages.Parse(question), default))!;
        Assert.Equal((DnsResponseCode.NameError, 0), (answer.ResponseCode, second.DatagramCount));
    }

    [Fact]
    public async Task A_silent_server_is_asked_last_once_that_is_known()
    {
        await using FakeServer silent = new("127.0.0.1", 0, _ => []);
        await using FakeServer second = new("127.0.0.2", silent.Port, query => [Messages.Answer(query, "192.0.2.2")]);
        UpstreamResolver resolver = Resolver(silent.Port, "127.0.0.1", "127.0.0.2");
        for (int i = 0; i < 5; i++)
        {
            DnsMessage answer = (await resolver.AskAsync(Messages.Parse(question), default))!;
            Assert.Equal(["192.0.2.2"], Messages.AddressesOf(answer.Bytes));
        }

        Assert.Equal((1, 5), (silent.DatagramCount, second.DatagramCount));
    }

    [Fact]
    public async Task Each_server_is_asked_as_often_as_the_options_say_and_then_there_is_no_answer()
    {
        await using FakeServer first = new("127.0.0.1", 0, _ => []);
        await using FakeServer second = new("127.0.0.2", first.Port, _ => []);
        Assert.Null(await Resolver(first.Port, "127.0.0.1", "127.0.0.2").AskAsync(Messages.Parse(question), default));
        Assert.Equal((2, 2), (first.DatagramCount, second.DatagramCount));
    }

    [Fact]
    public async Task Servers_that_do_not_exist_fail_at_once_and_so_does_a_host_without_any()
    {
        int port;
        await using (FakeServer gone = new("127.0.0.1", 0, _ => []))
        {
            port = gone.Port;
        }

        Assert.Null(await Resolver(port, "127.0.0.1").AskAsync(Messages.Parse(question), default));
        Assert.Null(await Resolver(port).AskAsync(Messages.Parse(question), default));
    }

    [Fact]
    public async Task A_change_of_the_hosts_servers_is_in_use_at_once()
    {
        await using FakeServer first = new("127.0.0.1", 0, query => [Messages.Answer(query, "192.0.2.1")]);
        await using FakeServer second = new("127.0.0.2", first.Port, query => [Messages.Answer(query, "192.0.2.2")]);
        HostResolver current = Servers("127.0.0.1");
        UpstreamResolver resolver = new(() => current, TimeProvider.System, first.Port);
        Assert.Equal(["192.0.2.1"], Messages.AddressesOf((await resolver.AskAsync(Messages.Parse(question), default))!.Bytes));
        current = Servers("127.0.0.2");
        Assert.Equal(["192.0.2.2"], Messages.AddressesOf((await resolver.AskAsync(Messages.Parse(question), default))!.Bytes));
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        await using FakeServer silent = new("127.0.0.1", 0, _ => []);
        using CancellationTokenSource stop = new();
        Task<DnsMessage?> asking = Resolver(silent.Port, "127.0.0.1").AskAsync(Messages.Parse(question), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    internal static UpstreamResolver Resolver(int port, params string[] servers) => new(() => Servers(servers), TimeProvider.System, port);

    private static HostResolver Servers(params string[] servers) => new([.. servers.Select(IPAddress.Parse)], [], ["timeout:1"]);
}
