using System.Collections.Concurrent;
using System.Net;
using Hearth.Network.Names;

namespace Hearth.Network.Tests.Names;

public sealed class NameServerTests : IAsyncDisposable
{
    private readonly FakeServer upstream;
    private readonly FakeNames names = new();
    private readonly FakeGate gate = new();
    private readonly NameServer server;
    private Func<byte[], byte[]> answer = query => Messages.Answer(query, "192.0.2.1");

    public NameServerTests()
    {
        upstream = new FakeServer("127.0.0.1", 0, query => [Cut(answer(query), query)], query => answer(query));
        IPAddress[] gateways = [IPAddress.Parse("172.29.0.1"), IPAddress.Parse("fd00::1")];
        // The server always answers, if only late on a busy machine.
        UpstreamResolver resolver = new(() => new HostResolver([IPAddress.Loopback], [], ["timeout:30"]), TimeProvider.System, upstream.Port);
        server = new NameServer(names, gateways, resolver, gate);
    }

    public ValueTask DisposeAsync() => upstream.DisposeAsync();

    [Theory]
    [InlineData("web", DnsType.Address, new[] { "10.0.0.2" })]
    [InlineData("WEB.shop", DnsType.Address, new[] { "10.0.0.2" })]
    [InlineData("web", DnsType.Ipv6Address, new string[0])]
    [InlineData("web", (DnsType)15, new string[0])]
    [InlineData("both", DnsType.Ipv6Address, new[] { "fd00::3" })]
    [InlineData("both", DnsType.Any, new[] { "10.0.0.3", "fd00::3" })]
    [InlineData("host.hearth.internal", DnsType.Address, new[] { "172.29.0.1" })]
    [InlineData("Host.Docker.Internal", DnsType.Ipv6Address, new[] { "fd00::1" })]
    [InlineData("gateway.docker.internal", DnsType.Address, new[] { "172.29.0.1" })]
    public async Task The_hosts_own_names_are_answered_without_a_server(string name, DnsType type, string[] addresses)
    {
        ReadOnlyMemory<byte> bytes = await server.AnswerAsync(Messages.Query(name, type), isDatagram: true, default);
        Assert.Equal(DnsResponseCode.NoError, Messages.Parse(bytes).ResponseCode);
        Assert.Equal(addresses, Messages.AddressesOf(bytes));
        Assert.All(Messages.Parse(bytes).Answers, record => Assert.Equal(0u, record.TimeToLive));
        Assert.Equal(0, upstream.DatagramCount);
    }

    [Theory]
    [InlineData("2.0.0.10.in-addr.arpa", "web")]
    [InlineData("1.0.29.172.in-addr.arpa", "host.hearth.internal")]
    [InlineData("3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", "both")]
    public async Task An_address_of_the_hosts_has_its_name(string question, string name)
    {
        DnsMessage message = Messages.Parse(await server.AnswerAsync(Messages.Query(question, DnsType.Pointer), isDatagram: true, default));
        Assert.Equal(name, message.TargetOf(Assert.Single(message.Answers))!.Text);
    }

    [Theory]
    [InlineData("9.9.9.9.in-addr.arpa")]
    [InlineData("300.0.0.10.in-addr.arpa")]
    [InlineData("0.0.10.in-addr.arpa")]
    [InlineData("x.ip6.arpa")]
    [InlineData("unknown")]
    public async Task Other_names_are_the_servers(string question)
    {
        await server.AnswerAsync(Messages.Query(question, DnsType.Pointer), isDatagram: true, default);
        Assert.Equal(1, upstream.DatagramCount);
    }

    [Fact]
    public async Task A_renamed_container_is_found_by_its_new_name_at_once()
    {
        Assert.Equal(["10.0.0.2"], await AskAsync("web"));
        names.Addresses["shop"] = names.Addresses["web"];
        names.Addresses.TryRemove("web", out _);
        answer = query => Messages.Failure(query, DnsResponseCode.NameError);
        Assert.Equal(["10.0.0.2"], await AskAsync("shop"));
        Assert.Equal(DnsResponseCode.NameError, Messages.Parse(await server.AnswerAsync(Messages.Query("web", DnsType.Address), true, default)).ResponseCode);
    }

    [Theory]
    [InlineData(nameof(DnsResponseCode.NameError))]
    [InlineData(nameof(DnsResponseCode.ServerFailure))]
    [InlineData(nameof(DnsResponseCode.Refused))]
    public async Task The_servers_result_is_passed_on(string result)
    {
        answer = query => Messages.Failure(query, Enum.Parse<DnsResponseCode>(result));
        Assert.Equal(result, $"{Messages.Parse(await server.AnswerAsync(Messages.Query("a.example", DnsType.Address), true, default)).ResponseCode}");
    }

    [Fact]
    public async Task Without_a_server_the_result_is_a_failure()
    {
        NameServer alone = new(names, [], new UpstreamResolver(() => new HostResolver([], [], []), TimeProvider.System), gate);
        DnsMessage failed = Messages.Parse(await alone.AnswerAsync(Messages.Query("a.example", DnsType.Address, 1232), true, default));
        Assert.Equal((DnsResponseCode.ServerFailure, true), (failed.ResponseCode, failed.Options is not null));
    }

    [Fact]
    public async Task Unreadable_records_are_a_failure()
    {
        names.Failure = new IOException("the disk is gone");
        DnsMessage failed = Messages.Parse(await server.AnswerAsync(Messages.Query("web", DnsType.Address), true, default));
        Assert.Equal(DnsResponseCode.ServerFailure, failed.ResponseCode);
    }

    [Theory]
    [InlineData(0, 512, 30)]
    [InlineData(1232, 1232, 74)]
    [InlineData(4096, 4096, 253)]
    public async Task An_answer_by_udp_has_what_fits_the_clients_limit_and_by_tcp_all(int given, int limit, int fitting)
    {
        answer = query => Messages.Answer(query, [.. Enumerable.Range(0, 300).Select(i => $"198.51.{i / 256}.{i % 256}")]);
        byte[] query = Messages.Query("many.example", DnsType.Address, (ushort)given);

        ReadOnlyMemory<byte> cut = await server.AnswerAsync(query, isDatagram: true, default);
        Assert.True(cut.Length <= limit);
        Assert.NotEqual(0, cut.Span[2] & DnsMessage.TruncatedFlag);
        Assert.Equal(Messages.AddressesOf(answer(query)).Take(fitting), Messages.AddressesOf(cut));
        Assert.True(Messages.Parse(cut).IsAnswerTo(Messages.Parse(query)));

        ReadOnlyMemory<byte> whole = await server.AnswerAsync(query, isDatagram: false, default);
        Assert.Equal(0, whole.Span[2] & DnsMessage.TruncatedFlag);
        Assert.Equal(300, Messages.Parse(whole).Answers.Count);
    }

    [Fact]
    public async Task An_answer_of_64_kilobytes_is_passed_on()
    {
        answer = Messages.Huge;
        Assert.Equal(65535, (await server.AnswerAsync(Messages.Query("huge.example", (DnsType)16), isDatagram: false, default)).Length);
    }

    [Fact]
    public async Task What_is_no_query_gets_an_error_or_nothing()
    {
        Assert.True((await server.AnswerAsync(new byte[11], true, default)).IsEmpty);
        Assert.True((await server.AnswerAsync(Messages.Answer(Messages.Query("a", DnsType.Address)), true, default)).IsEmpty);
        ReadOnlyMemory<byte> noQuestion = await server.AnswerAsync(Messages.Query("a", DnsType.Address).AsMemory(0, 14), true, default);
        Assert.Equal([0x12, 0x34, 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0], noQuestion.ToArray());
        byte[] update = Messages.Query("a", DnsType.Address);
        update[2] = 0x28;
        Assert.Equal(DnsResponseCode.NotImplemented, Messages.Parse(await server.AnswerAsync(update, true, default)).ResponseCode);
        Assert.Equal(0, upstream.DatagramCount);
    }

    [Fact]
    public async Task A_refused_name_does_not_exist_and_no_server_is_asked()
    {
        gate.Verdict = NameVerdict.Refuse;
        DnsMessage refused = Messages.Parse(await server.AnswerAsync(Messages.Query("secret.evil.example", DnsType.Address, 1232), true, default));
        Assert.Equal((DnsResponseCode.NameError, 0), (refused.ResponseCode, upstream.DatagramCount));
        Assert.Equal(17, refused.DataOf(refused.Options!)[5]);
        Assert.Equal(["10.0.0.2"], await AskAsync("web"));
    }

    [Fact]
    public async Task The_answer_waits_until_its_addresses_are_admitted()
    {
        gate.Verdict = NameVerdict.AdmitPublic;
        gate.Hold = new TaskCompletionSource();
        answer = query => Messages.Answer(query, "192.0.2.1", "192.0.2.2");
        Task<ReadOnlyMemory<byte>> asking = server.AnswerAsync(Messages.Query("WWW.example", DnsType.Address), true, default);
        (string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime) = await gate.AdmittedInTime();

        Assert.False(asking.IsCompleted);
        Assert.Equal(("www.example", TimeSpan.FromSeconds(300)), (name, lifetime));
        Assert.Equal(["192.0.2.1", "192.0.2.2"], addresses.Select(address => $"{address}"));
        gate.Hold.SetResult();
        Assert.Equal(["192.0.2.1", "192.0.2.2"], Messages.AddressesOf(await asking));
    }

    [Fact]
    public async Task An_answer_whose_addresses_cannot_be_admitted_is_a_failure()
    {
        gate.Verdict = NameVerdict.AdmitAny;
        gate.Hold = new TaskCompletionSource();
        gate.Hold.SetException(new NetworkException(NetworkError.Refused, "no"));
        DnsMessage failed = Messages.Parse(await server.AnswerAsync(Messages.Query("www.example", DnsType.Address), true, default));
        Assert.Equal((DnsResponseCode.ServerFailure, 0), (failed.ResponseCode, failed.Answers.Count));
    }

    [Theory]
    [InlineData(NameVerdict.AdmitPublic, new[] { "192.0.2.1" })]
    [InlineData(NameVerdict.AdmitAny, new[] { "10.0.0.9", "169.254.169.254", "127.0.0.1", "192.0.2.1" })]
    [InlineData(NameVerdict.Open, new[] { "10.0.0.9", "169.254.169.254", "127.0.0.1", "192.0.2.1" })]
    public async Task A_public_name_does_not_lead_to_a_private_address(NameVerdict verdict, string[] left)
    {
        gate.Verdict = verdict;
        answer = query => Messages.Answer(query, "10.0.0.9", "169.254.169.254", "127.0.0.1", "192.0.2.1");
        Assert.Equal(left, await AskAsync("rebind.example"));
        if (verdict != NameVerdict.Open)
        {
            Assert.Equal(left, (await gate.AdmittedInTime()).Addresses.Select(address => $"{address}"));
        }
    }

    /// <summary>The question's name decides; an address of a name that the chain does not lead to is neither passed on nor admitted.</summary>
    [Fact]
    public async Task A_chain_is_followed_and_what_is_beside_it_left_out()
    {
        gate.Verdict = NameVerdict.AdmitPublic;
        answer = query =>
        {
            DnsAnswer chain = DnsAnswer.To(Messages.Parse(query), DnsResponseCode.NoError);
            chain.Add(Messages.Name("other.example"), IPAddress.Parse("203.0.113.1"), 9000);
            chain.Add(Messages.Name("b.cdn.example"), IPAddress.Parse("192.0.2.5"), 60);
            chain.Add(Messages.Name("a.cdn.example"), DnsType.CanonicalName, Messages.Name("b.cdn.example"), 30);
            chain.Add(Messages.Name("www.example"), DnsType.CanonicalName, Messages.Name("a.cdn.example"), 30);
            return chain.Finish();
        };
        DnsMessage filtered = Messages.Parse(await server.AnswerAsync(Messages.Query("www.example", DnsType.Address), true, default));

        Assert.Equal(["www.example", "a.cdn.example", "b.cdn.example"], filtered.Answers.Select(record => record.Name.Text));
        (string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime) = await gate.AdmittedInTime();
        Assert.Equal(("www.example", "192.0.2.5", 60), (name, $"{Assert.Single(addresses)}", lifetime.TotalSeconds));
        Assert.Equal(["www.example"], gate.Judged);
    }

    [Fact]
    public async Task A_chain_in_a_circle_ends()
    {
        gate.Verdict = NameVerdict.AdmitPublic;
        answer = query =>
        {
            DnsAnswer circle = DnsAnswer.To(Messages.Parse(query), DnsResponseCode.NoError);
            circle.Add(Messages.Name("www.example"), DnsType.CanonicalName, Messages.Name("a.example"), 30);
            circle.Add(Messages.Name("a.example"), DnsType.CanonicalName, Messages.Name("www.example"), 30);
            return circle.Finish();
        };
        Assert.Empty(await AskAsync("www.example"));
    }

    [Theory]
    [InlineData(DnsType.WebService, nameof(DnsResponseCode.NoError))]
    [InlineData(DnsType.Service, nameof(DnsResponseCode.NoError))]
    [InlineData(DnsType.Any, nameof(DnsResponseCode.NotImplemented))]
    public async Task Under_a_policy_no_record_hides_addresses_or_keys(DnsType type, string result)
    {
        gate.Verdict = NameVerdict.AdmitAny;
        DnsMessage none = Messages.Parse(await server.AnswerAsync(Messages.Query("www.example", type), true, default));
        Assert.Equal((result, 0, 0), ($"{none.ResponseCode}", none.Answers.Count, upstream.DatagramCount));

        gate.Verdict = NameVerdict.Open;
        await server.AnswerAsync(Messages.Query("www.example", type), true, default);
        Assert.Equal(1, upstream.DatagramCount);
    }

    [Fact]
    public async Task A_thousand_queries_at_once_get_their_own_answers()
    {
        gate.Verdict = NameVerdict.AdmitAny;
        answer = query => Messages.Answer(query, "198.51.100." + Messages.Parse(query).Name.Text.Split('.')[0][1..]);
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 256 }, async (i, _) =>
            Assert.Equal([$"198.51.100.{i % 256}"], await AskAsync($"n{i % 256}.example")));
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1", true)]
    [InlineData("64:ff9b::808:808", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("192.0.0.192", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::7f00:1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:a00:1::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fe80::1", false)]
    public void Public_addresses_are_told_from_others(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddresses.Contain(IPAddress.Parse(address)));

    private async Task<string[]> AskAsync(string name) =>
        Messages.AddressesOf(await server.AnswerAsync(Messages.Query(name, DnsType.Address), isDatagram: true, default));

    private static byte[] Cut(byte[] whole, byte[] query) => whole.Length > Messages.Parse(query).DatagramLimit ? Messages.Cut(query) : whole;

    private sealed class FakeNames : IHostNames
    {
        public ConcurrentDictionary<string, IPAddress[]> Addresses { get; } = new()
        {
            ["web"] = [IPAddress.Parse("10.0.0.2")],
            ["web.shop"] = [IPAddress.Parse("10.0.0.2")],
            ["both"] = [IPAddress.Parse("10.0.0.3"), IPAddress.Parse("fd00::3")],
        };

        public Exception? Failure { get; set; }

        public IReadOnlyList<IPAddress>? Resolve(string name) => Failure is null ? Addresses.GetValueOrDefault(name) : throw Failure;

        public string? NameOf(IPAddress address) =>
            Addresses.Where(pair => pair.Value.Contains(address)).Select(pair => pair.Key).Order(StringComparer.Ordinal).FirstOrDefault();
    }

    private sealed class FakeGate : INameGate
    {
        public NameVerdict Verdict { get; set; } = NameVerdict.Open;

        public TaskCompletionSource? Hold { get; set; }

        public ConcurrentQueue<string> Judged { get; } = new();

        public TaskCompletionSource<(string Name, IReadOnlyList<IPAddress> Addresses, TimeSpan Lifetime)> Admitted { get; } = new();

        public Task<(string Name, IReadOnlyList<IPAddress> Addresses, TimeSpan Lifetime)> AdmittedInTime() => Admitted.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public NameVerdict Judge(string name, DnsType type)
        {
            Judged.Enqueue(name);
            return Verdict;
        }

        public Task AdmitAsync(string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime, CancellationToken cancellationToken)
        {
            Admitted.TrySetResult((name, addresses, lifetime));
            return Hold?.Task ?? Task.CompletedTask;
        }
    }
}
