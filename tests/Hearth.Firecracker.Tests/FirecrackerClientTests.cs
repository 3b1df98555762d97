using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Hearth.Firecracker.Api;
using Hearth.Firecracker.Tests.Api;
using Hearth.Firecracker.Tests.Support;

namespace Hearth.Firecracker.Tests;

/// <summary>The API client against a server that holds every request against the API's description.</summary>
public sealed class FirecrackerClientTests : IDisposable
{
    private static readonly RateLimiter Limiter = new()
    {
        Bandwidth = new TokenBucket { Size = 1L << 40, RefillTime = 100, OneTimeBurst = 5 },
        Ops = new TokenBucket { Size = 1, RefillTime = 2 },
    };

    private readonly TemporaryDirectory directory = new();

    private string Socket => directory["api.sock"];

    [Fact]
    public async Task Every_described_request_is_made_as_described()
    {
        await using ScriptedApi api = ScriptedApi.Listen(Socket);
        await using FirecrackerClient client = new(Socket);
        JsonElement json = JsonDocument.Parse("""{"a":{"b":"ä"}}""").RootElement;

        await client.GetInstanceAsync();
        Assert.Equal("1.13.1", await client.GetVersionAsync());
        FullVmConfiguration whole = await client.GetConfigurationAsync();
        Assert.Equal(7, (await client.GetMachineConfigAsync()).VcpuCount);
        await client.PutMachineConfigAsync(new MachineConfig
        {
            VcpuCount = 32, MemSizeMib = 128, Smt = true, TrackDirtyPages = true, HugePages = HugePages.TwoMebibytes, CpuTemplate = CpuTemplate.T2CL,
        });
        await client.PatchMachineConfigAsync(new MachineConfigUpdate { MemSizeMib = 256 });
        await client.PutCpuConfigAsync(new CpuConfig { CpuidModifiers = json, MsrModifiers = json, RegModifiers = json, VcpuFeatures = json, KvmCapabilities = json });
        await client.PutBootSourceAsync(new BootSource { KernelImagePath = "/k", InitrdPath = "/i", BootArgs = "quiet \"quoted\"" });
        await client.PutDriveAsync(new Drive
        {
            DriveId = "root_1", IsRootDevice = true, PathOnHost = "/d", IsReadOnly = true, Partuuid = "u", CacheType = DriveCache.Writeback,
            IoEngine = DriveEngine.Async, RateLimiter = Limiter, Socket = "/s",
        });
        await client.PatchDriveAsync(new DriveUpdate { DriveId = "root_1", PathOnHost = "/e", RateLimiter = Limiter });
        await client.PutNetworkInterfaceAsync(new NetworkInterface
        {
            IfaceId = "eth0", HostDevName = "tap0", GuestMac = "02:00:00:00:00:01", RxRateLimiter = Limiter, TxRateLimiter = Limiter,
        });
        await client.PatchNetworkInterfaceAsync(new NetworkInterfaceUpdate { IfaceId = "eth0", RxRateLimiter = Limiter, TxRateLimiter = Limiter });
        await client.PutVsockAsync(new Vsock { GuestCid = 3, UdsPath = "/v", VsockId = "v" });
        await client.PutEntropyAsync(new EntropyDevice { RateLimiter = Limiter });
        Assert.Equal(7, (await client.GetBalloonAsync()).AmountMib);
        await client.PutBalloonAsync(new Balloon { AmountMib = 1, DeflateOnOom = true, StatsPollingIntervalS = 1 });
        await client.PatchBalloonAsync(new BalloonUpdate { AmountMib = 2 });
        Assert.Equal(7, (await client.GetBalloonStatisticsAsync()).HugetlbFailures);
        await client.PatchBalloonStatisticsAsync(new BalloonStatisticsUpdate { StatsPollingIntervalS = 2 });
        await client.PutLoggerAsync(new Logger { LogPath = "/l", Level = LogLevel.Trace, ShowLevel = true, ShowLogOrigin = false, Module = "m" });
        await client.PutMetricsAsync(new Metrics { MetricsPath = "/m" });
        await client.PutMmdsConfigAsync(new MmdsConfig { NetworkInterfaces = ["eth0"], Version = MmdsVersion.V2, Ipv4Address = "169.254.0.1", ImdsCompat = true });
        await client.PutMmdsAsync(json);
        await client.PatchMmdsAsync(json);
        Assert.Equal(JsonValueKind.Object, (await client.GetMmdsAsync()).ValueKind);
        await client.StartInstanceAsync();
        await client.FlushMetricsAsync();
        await client.SendCtrlAltDelAsync();
        await client.PauseAsync();
        await client.ResumeAsync();
        await client.CreateSnapshotAsync(new SnapshotCreate { MemFilePath = "/mem", SnapshotPath = "/snap", SnapshotType = SnapshotType.Diff });
        await client.LoadSnapshotAsync(new SnapshotLoad
        {
            SnapshotPath = "/snap", MemBackend = new MemoryBackend { BackendType = MemoryBackendType.Uffd, BackendPath = "/u" }, MemFilePath = "/mem",
            TrackDirtyPages = true, EnableDiffSnapshots = false, ResumeVm = true, NetworkOverrides = [new NetworkOverride { IfaceId = "eth0", HostDevName = "tap1" }],
        });

        Assert.Equal(1, api.ConnectionCount);
        Assert.Equal((7, "1.13.1", DriveEngine.Sync), (whole.MachineConfig!.VcpuCount, whole.NetworkInterfaces![0].IfaceId, whole.Drives![0].IoEngine!.Value));
        Assert.Equal(
            ApiDescription.Instance.Operations.OrderBy(operation => $"{operation}"),
            api.Calls.Select(call => ApiDescription.Instance.Find(call.Method, call.Path)!).Distinct().OrderBy(operation => $"{operation}"));
        Assert.Contains("ä", JsonDocument.Parse(api.Calls.First(call => call.Path == "/mmds").Body).RootElement.GetProperty("a").GetProperty("b").GetString());
    }

    [Fact]
    public async Task What_is_absent_is_left_out()
    {
        await using ScriptedApi api = ScriptedApi.Listen(Socket);
        await using FirecrackerClient client = new(Socket);

        await client.PutMachineConfigAsync(new MachineConfig { VcpuCount = 1, MemSizeMib = 128 });
        await client.PutDriveAsync(new Drive { DriveId = "a", IsRootDevice = false });

        Assert.Equal(["""{"vcpu_count":1,"mem_size_mib":128}""", """{"drive_id":"a","is_root_device":false}"""], api.Calls.Select(call => call.Text));
    }

    [Fact]
    public async Task A_refusal_is_told_with_firecrackers_words_and_the_next_request_goes_on()
    {
        await using ScriptedApi api = ScriptedApi.Listen(
            Socket, call => call.Method == "PUT" ? ScriptedApi.Refusal("A root block device already exists!") : null);
        await using FirecrackerClient client = new(Socket);

        FirecrackerException refusal = await Assert.ThrowsAsync<FirecrackerException>(
            () => client.PutDriveAsync(new Drive { DriveId = "a", IsRootDevice = true }));

        Assert.Equal((FirecrackerFault.Refused, 400, "PUT", "/drives/a"), (refusal.Fault, refusal.Status, refusal.Method, refusal.Path));
        Assert.Equal("A root block device already exists!", refusal.FaultMessage);
        Assert.Contains("PUT /drives/a", refusal.Message);
        Assert.Contains(refusal.FaultMessage!, refusal.Message);
        Assert.Equal("1.13.1", await client.GetVersionAsync());
        Assert.Equal(1, api.ConnectionCount);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 \r\nContent-Length: 9\r\n\r\nnot JSON!", FirecrackerFault.Refused)]
    [InlineData("HTTP/1.1 500 \r\n\r\n", FirecrackerFault.Refused)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", FirecrackerFault.Malformed)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull", FirecrackerFault.Malformed)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{\"firecracker_version\":1}!", FirecrackerFault.Malformed)]
    [InlineData("HTTP/1.1 204 \r\n\r\n", FirecrackerFault.Malformed)]
    [InlineData("HTTP/1.1 200\r\nContent-Length: -1\r\n\r\n", FirecrackerFault.Malformed)]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 99999999999\r\n\r\n", FirecrackerFault.Malformed)]
    [InlineData("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", FirecrackerFault.Malformed)]
    [InlineData("HTTP/1.1 200\r\nno header\r\n\r\n", FirecrackerFault.Malformed)]
    [InlineData("HTTP/1.1 2x0\r\n\r\n", FirecrackerFault.Malformed)]
    [InlineData("220 mail.example.org ESMTP\r\n\r\n", FirecrackerFault.Malformed)]
    [InlineData("\0\0\0\0\r\n\r\n", FirecrackerFault.Malformed)]
    [InlineData("", FirecrackerFault.Disconnected)]
    public async Task An_answer_that_is_none_is_told_as_what_it_is(string answer, FirecrackerFault fault)
    {
        await using ScriptedApi api = ScriptedApi.Listen(Socket, _ => Encoding.Latin1.GetBytes(answer));
        await using FirecrackerClient client = new(Socket);

        FirecrackerException failure = await Assert.ThrowsAsync<FirecrackerException>(() => client.GetVersionAsync().WaitAsync(Deadlines.Guest));

        Assert.True(fault == failure.Fault, $"{failure.Fault}: {failure.Message}");
        Assert.Equal(("GET", "/version"), (failure.Method, failure.Path));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{\"firecracker_ver")]
    public async Task An_answer_that_breaks_off_is_told_as_such(string answer)
    {
        await using FirecrackerClient client = new(_ => Task.FromResult<Stream>(new OneAnswer(answer)));

        FirecrackerException failure = await Assert.ThrowsAsync<FirecrackerException>(() => client.GetVersionAsync().WaitAsync(Deadlines.Guest));

        Assert.Equal(FirecrackerFault.Malformed, failure.Fault);
        Assert.Contains("ends after", failure.Message);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 \r\nContent-Length: 9\r\n\r\nnot JSON!", "not JSON!")]
    [InlineData("HTTP/1.1 400 \r\nContent-Length: 21\r\n\r\n{ \"error\": \"a\nb\" }   ", "{ \"error\": \"a\nb\" }")]
    [InlineData("HTTP/1.1 500 \r\n\r\n", null)]
    public async Task A_refusal_of_another_shape_is_told_as_it_came(string answer, string? words)
    {
        await using ScriptedApi api = ScriptedApi.Listen(Socket, _ => Encoding.Latin1.GetBytes(answer));
        await using FirecrackerClient client = new(Socket);

        FirecrackerException refusal = await Assert.ThrowsAsync<FirecrackerException>(() => client.GetVersionAsync());

        Assert.Equal(words, refusal.FaultMessage);
        Assert.Contains(words ?? "no reason given", refusal.Message);
    }

    [Fact]
    public async Task A_head_without_end_is_not_read_without_end()
    {
        await using ScriptedApi api = ScriptedApi.Listen(Socket, _ => Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n" + new string('x', 1 << 20)));
        await using FirecrackerClient client = new(Socket);

        FirecrackerException failure = await Assert.ThrowsAsync<FirecrackerException>(() => client.GetVersionAsync().WaitAsync(Deadlines.Guest));

        Assert.Equal(FirecrackerFault.Malformed, failure.Fault);
    }

    [Fact]
    public async Task Requests_side_by_side_get_their_own_answers()
    {
        await using ScriptedApi api = ScriptedApi.Listen(Socket, call => call.Path.StartsWith("/drives/", StringComparison.Ordinal) ? ScriptedApi.Refusal(call.Path) : null);
        await using FirecrackerClient client = new(Socket);

        await Parallel.ForEachAsync(Enumerable.Range(0, 200), async (number, _) =>
        {
            string id = number.ToString(CultureInfo.InvariantCulture);
            FirecrackerException refusal = await Assert.ThrowsAsync<FirecrackerException>(
                () => client.PatchDriveAsync(new DriveUpdate { DriveId = id }));
            Assert.Equal($"/drives/{id}", refusal.FaultMessage);
        });

        Assert.Equal((200, 1), (api.Calls.Count, api.ConnectionCount));
    }

    [Fact]
    public async Task A_connection_that_ended_is_made_anew()
    {
        int calls = 0;
        await using ScriptedApi api = ScriptedApi.Listen(Socket, _ => Interlocked.Increment(ref calls) == 1 ? [] : null);
        await using FirecrackerClient client = new(Socket);

        await Assert.ThrowsAsync<FirecrackerException>(() => client.GetVersionAsync());
        Assert.Equal("1.13.1", await client.GetVersionAsync());

        Assert.Equal(2, api.ConnectionCount);
    }

    [Fact]
    public async Task A_request_can_be_given_up_and_the_next_one_is_not_confused_by_its_answer()
    {
        using ManualResetEventSlim answering = new();
        await using ScriptedApi api = ScriptedApi.Listen(Socket, call =>
        {
            answering.Wait();
            return call.Method == "PUT" ? ScriptedApi.Refusal("late") : null;
        });
        await using FirecrackerClient client = new(Socket);
        using CancellationTokenSource deadline = new(Deadlines.Silence);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.PutMetricsAsync(new Metrics { MetricsPath = "/m" }, deadline.Token));
        Task<string> version = client.GetVersionAsync();
        answering.Set();

        Assert.Equal("1.13.1", await version.WaitAsync(Deadlines.Guest));
    }

    [Fact]
    public async Task A_body_that_firecracker_would_not_take_is_not_sent()
    {
        await using ScriptedApi api = ScriptedApi.Listen(Socket);
        await using FirecrackerClient client = new(Socket);
        JsonElement Store(int bytes) => JsonDocument.Parse($$"""{"a":"{{new string('x', bytes - 8)}}"}""").RootElement;

        await client.PutMmdsAsync(Store(51_200));
        FirecrackerException refusal = await Assert.ThrowsAsync<FirecrackerException>(() => client.PutMmdsAsync(Store(51_201)));

        Assert.Equal((FirecrackerFault.TooLarge, "/mmds"), (refusal.Fault, refusal.Path));
        Assert.Contains("51200", refusal.Message);
        Assert.Single(api.Calls);
    }

    [Theory]
    [InlineData("a-b")]
    [InlineData("a/../b")]
    [InlineData("")]
    [InlineData("ä")]
    public async Task An_id_that_names_nothing_is_refused(string id)
    {
        await using FirecrackerClient client = new(Socket);

        await Assert.ThrowsAsync<ArgumentException>(async () => await client.PutDriveAsync(new Drive { DriveId = id, IsRootDevice = false }));
    }

    [Fact]
    public async Task A_socket_without_a_listener_is_named()
    {
        using (Socket stale = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            stale.Bind(new UnixDomainSocketEndPoint(Socket));
        }

        foreach (string path in new[] { Socket, directory["nowhere.sock"], directory[new string('x', 120)] })
        {
            await using FirecrackerClient client = new(path);
            FirecrackerException failure = await Assert.ThrowsAsync<FirecrackerException>(() => client.GetVersionAsync());
            Assert.Equal(FirecrackerFault.Unreachable, failure.Fault);
            Assert.Contains(path, failure.Message);
        }
    }

    public void Dispose() => directory.Dispose();

    /// <summary>A connection that gives some bytes and then ends.</summary>
    private sealed class OneAnswer(string answer) : MemoryStream(Encoding.ASCII.GetBytes(answer))
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
