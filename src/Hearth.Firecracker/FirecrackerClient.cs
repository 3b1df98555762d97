using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hearth.Firecracker.Api;

namespace Hearth.Firecracker;

/// <summary>
/// Firecracker's API, every resource of its v1.13.1, on the Unix socket that <c>--api-sock</c> names. Connects with the first
/// request, and anew when a connection has ended. Safe for several threads. All requests throw
/// <see cref="FirecrackerException"/>; what is legal before or after the start of the microVM is said at the types.
/// A cancelled request is given up, not taken back.
/// </summary>
public sealed class FirecrackerClient : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<Stream>> connect;
    private readonly SemaphoreSlim connecting = new(1, 1);
    private ApiConnection? connection;

    /// <param name="socketPath">Firecracker's API socket, at most 107 bytes long; connected to by the first request.</param>
    public FirecrackerClient(string socketPath)
        : this(cancellationToken => ConnectAsync(socketPath, cancellationToken))
    {
    }

    /// <param name="connect">Opens a connection to the API's socket; called by the first request, and again when a connection has ended.</param>
    public FirecrackerClient(Func<CancellationToken, Task<Stream>> connect) => this.connect = connect;

    /// <summary>The release's number, such as 1.13.1.</summary>
    public async Task<string> GetVersionAsync(CancellationToken cancellationToken = default) =>
        (await GetAsync("/version", ApiJson.Default.VersionAnswer, cancellationToken).ConfigureAwait(false)).Version;

    public Task<InstanceInfo> GetInstanceAsync(CancellationToken cancellationToken = default) =>
        GetAsync("/", ApiJson.Default.InstanceInfo, cancellationToken);

    public Task<FullVmConfiguration> GetConfigurationAsync(CancellationToken cancellationToken = default) =>
        GetAsync("/vm/config", ApiJson.Default.FullVmConfiguration, cancellationToken);

    public Task<MachineConfig> GetMachineConfigAsync(CancellationToken cancellationToken = default) =>
        GetAsync("/machine-config", ApiJson.Default.MachineConfig, cancellationToken);

    public Task PutMachineConfigAsync(MachineConfig config, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(config), cancellationToken);

    public Task PatchMachineConfigAsync(MachineConfigUpdate update, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequest.Patch("/machine-config", update, ApiJson.Default.MachineConfigUpdate), cancellationToken);

    public Task PutCpuConfigAsync(CpuConfig config, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(config), cancellationToken);

    public Task PutBootSourceAsync(BootSource source, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(source), cancellationToken);

    public Task PutDriveAsync(Drive drive, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(drive), cancellationToken);

    public Task PatchDriveAsync(DriveUpdate update, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequest.Patch(ApiRequest.PathOf("drives", update.DriveId), update, ApiJson.Default.DriveUpdate), cancellationToken);

    public Task PutNetworkInterfaceAsync(NetworkInterface device, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(device), cancellationToken);

    public Task PatchNetworkInterfaceAsync(NetworkInterfaceUpdate update, CancellationToken cancellationToken = default) => SendAsync(
        ApiRequest.Patch(ApiRequest.PathOf("network-interfaces", update.IfaceId), update, ApiJson.Default.NetworkInterfaceUpdate), cancellationToken);

    public Task PutVsockAsync(Vsock vsock, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(vsock), cancellationToken);

    public Task PutEntropyAsync(EntropyDevice device, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(device), cancellationToken);

    public Task<Balloon> GetBalloonAsync(CancellationToken cancellationToken = default) =>
        GetAsync("/balloon", ApiJson.Default.Balloon, cancellationToken);

    public Task PutBalloonAsync(Balloon balloon, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(balloon), cancellationToken);

    public Task PatchBalloonAsync(BalloonUpdate update, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequest.Patch("/balloon", update, ApiJson.Default.BalloonUpdate), cancellationToken);

    public Task<BalloonStatistics> GetBalloonStatisticsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("/balloon/statistics", ApiJson.Default.BalloonStatistics, cancellationToken);

    public Task PatchBalloonStatisticsAsync(BalloonStatisticsUpdate update, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequest.Patch("/balloon/statistics", update, ApiJson.Default.BalloonStatisticsUpdate), cancellationToken);

    public Task PutLoggerAsync(Logger logger, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(logger), cancellationToken);

    public Task PutMetricsAsync(Metrics metrics, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(metrics), cancellationToken);

    public Task PutMmdsConfigAsync(MmdsConfig config, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequests.Put(config), cancellationToken);

    /// <summary>The metadata store, any JSON object.</summary>
    public Task<JsonElement> GetMmdsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("/mmds", ApiJson.Default.JsonElement, cancellationToken);

    /// <summary>Replaces the metadata store.</summary>
    public Task PutMmdsAsync(JsonElement store, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequest.Put("/mmds", store, ApiJson.Default.JsonElement), cancellationToken);

    /// <summary>Merges into the metadata store, by RFC 7396.</summary>
    public Task PatchMmdsAsync(JsonElement patch, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequest.Patch("/mmds", patch, ApiJson.Default.JsonElement), cancellationToken);

    /// <summary>Starts the microVM that was configured.</summary>
    public Task StartInstanceAsync(CancellationToken cancellationToken = default) => ActAsync(InstanceActionType.InstanceStart, cancellationToken);

    /// <summary>Has the metrics written now.</summary>
    public Task FlushMetricsAsync(CancellationToken cancellationToken = default) => ActAsync(InstanceActionType.FlushMetrics, cancellationToken);

    /// <summary>Presses Ctrl-Alt-Del on the guest's keyboard; x86 only.</summary>
    public Task SendCtrlAltDelAsync(CancellationToken cancellationToken = default) => ActAsync(InstanceActionType.SendCtrlAltDel, cancellationToken);

    /// <summary>Stops the virtual processors of a running microVM.</summary>
    public Task PauseAsync(CancellationToken cancellationToken = default) => UpdateVmAsync(VmState.Paused, cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken = default) => UpdateVmAsync(VmState.Resumed, cancellationToken);

    /// <summary>Writes a paused microVM to files, which takes as long as its memory does.</summary>
    public Task CreateSnapshotAsync(SnapshotCreate snapshot, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequest.Put("/snapshot/create", snapshot, ApiJson.Default.SnapshotCreate), cancellationToken);

    public Task LoadSnapshotAsync(SnapshotLoad snapshot, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequest.Put("/snapshot/load", snapshot, ApiJson.Default.SnapshotLoad), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref connection, null) is ApiConnection last)
        {
            await last.DisposeAsync().ConfigureAwait(false);
        }

        connecting.Dispose();
    }

    /// <summary>Opens a connection to an API socket, for a client that waits for the socket itself.</summary>
    /// <exception cref="FirecrackerException">Nothing listens there.</exception>
    public static async Task<Stream> ConnectAsync(string socketPath, CancellationToken cancellationToken)
    {
        try
        {
            return await UnixStreams.ConnectAsync(socketPath, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            throw new FirecrackerException(FirecrackerFault.Unreachable, $"Firecracker's API cannot be reached at {socketPath}: {failure.Message}", failure);
        }
    }

    /// <summary>Asks for the version and configures every part that is given, in one write and one wait.</summary>
    /// <param name="configuration">The microVM; parts that are null are left out.</param>
    /// <param name="accept">Gets the release's number before any other answer is read. If it throws, the other answers are ignored.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="FirecrackerException">The first refusal; the other requests may have been carried out.</exception>
    public async Task ConfigureAsync(FullVmConfiguration configuration, Action<string> accept, CancellationToken cancellationToken = default)
    {
        ApiRequest[] all = [ApiRequest.Get("/version"), .. ApiRequests.Of(configuration)];
        ApiConnection current = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        ApiAnswer[] answers = await current.SendAsync(all, cancellationToken).ConfigureAwait(false);
        accept(ApiAnswers.Read(all[0], answers[0], ApiJson.Default.VersionAnswer).Version);
        for (int i = 1; i < all.Length; i++)
        {
            ApiAnswers.Check(all[i], answers[i]);
        }
    }

    private Task ActAsync(InstanceActionType type, CancellationToken cancellationToken) =>
        SendAsync(ApiRequest.Put("/actions", new InstanceAction(type), ApiJson.Default.InstanceAction), cancellationToken);

    private Task UpdateVmAsync(VmState state, CancellationToken cancellationToken) =>
        SendAsync(ApiRequest.Patch("/vm", new VmUpdate(state), ApiJson.Default.VmUpdate), cancellationToken);

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> shape, CancellationToken cancellationToken)
    {
        ApiRequest request = ApiRequest.Get(path);
        return ApiAnswers.Read(request, await ExchangeAsync(request, cancellationToken).ConfigureAwait(false), shape);
    }

    private async Task SendAsync(ApiRequest request, CancellationToken cancellationToken) =>
        ApiAnswers.Check(request, await ExchangeAsync(request, cancellationToken).ConfigureAwait(false));

    private async Task<ApiAnswer> ExchangeAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        ApiConnection current = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        return (await current.SendAsync([request], cancellationToken).ConfigureAwait(false))[0];
    }

    private async Task<ApiConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (connection is { IsUsable: true })
            {
                return connection;
            }

            Stream stream = await connect(cancellationToken).ConfigureAwait(false);
            if (Interlocked.Exchange(ref connection, new ApiConnection(stream)) is ApiConnection ended)
            {
                await ended.DisposeAsync().ConfigureAwait(false);
            }

            return connection;
        }
        finally
        {
            connecting.Release();
        }
    }
}
