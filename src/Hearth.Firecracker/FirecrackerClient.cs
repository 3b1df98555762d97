using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hearth.Firecracker.Api;

namespace Hearth.Firecracker;

/// <summary>
/// A client for Firecracker's API: every resource of v1.13.1, on the Unix socket that <c>--api-sock</c> names. It connects on
/// the first request, and again after a connection has ended. It is safe for several threads. All requests throw
/// <see cref="FirecrackerException"/>. The types of the requests document which are legal before or after the start of the
/// microVM. Cancelling stops waiting; Firecracker still processes the request.
/// </summary>
public sealed class FirecrackerClient : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<Stream>> connect;
    private readonly SemaphoreSlim connecting = new(1, 1);
    private ApiConnection? connection;

    /// <param name="socketPath">The path of Firecracker's API socket, at most 107 bytes. The first request connects to it.</param>
    public FirecrackerClient(string socketPath)
        : this(cancellationToken => ConnectAsync(socketPath, cancellationToken))
    {
    }

    /// <param name="connect">
    /// Opens a connection to the API's socket. It is called on the first request, and again after a connection has ended.
    /// </param>
    public FirecrackerClient(Func<CancellationToken, Task<Stream>> connect) => this.connect = connect;

    /// <summary>Gets the release number, such as 1.13.1.</summary>
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

    /// <summary>Gets the metadata store, a JSON object of any content.</summary>
    public Task<JsonElement> GetMmdsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("/mmds", ApiJson.Default.JsonElement, cancellationToken);

    /// <summary>Replaces the metadata store.</summary>
    public Task PutMmdsAsync(JsonElement store, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequest.Put("/mmds", store, ApiJson.Default.JsonElement), cancellationToken);

    /// <summary>Merges a JSON merge patch into the metadata store (RFC 7396).</summary>
    public Task PatchMmdsAsync(JsonElement patch, CancellationToken cancellationToken = default) =>
        SendAsync(ApiRequest.Patch("/mmds", patch, ApiJson.Default.JsonElement), cancellationToken);

    /// <summary>Starts the configured microVM.</summary>
    public Task StartInstanceAsync(CancellationToken cancellationToken = default) => ActAsync(InstanceActionType.InstanceStart, cancellationToken);

    /// <summary>Makes Firecracker write its metrics now.</summary>
    public Task FlushMetricsAsync(CancellationToken cancellationToken = default) => ActAsync(InstanceActionType.FlushMetrics, cancellationToken);

    /// <summary>Sends Ctrl-Alt-Del through the guest's keyboard; x86 only.</summary>
    public Task SendCtrlAltDelAsync(CancellationToken cancellationToken = default) => ActAsync(InstanceActionType.SendCtrlAltDel, cancellationToken);

    /// <summary>Stops the virtual processors of a running microVM.</summary>
    public Task PauseAsync(CancellationToken cancellationToken = default) => UpdateVmAsync(VmState.Paused, cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken = default) => UpdateVmAsync(VmState.Resumed, cancellationToken);

    /// <summary>Writes a paused microVM to files. The duration grows with the size of its memory.</summary>
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

    /// <summary>
    /// Opens a connection to an API socket. It serves callers that wait for the socket on their own and pass a connect function
    /// to the constructor.
    /// </summary>
    /// <exception cref="FirecrackerException">No process listens on the socket, or the path is too long.</exception>
    public static async Task<Stream> ConnectAsync(string socketPath, CancellationToken cancellationToken)
    {
        try
        {
            return await UnixStreams.ConnectAsync(socketPath, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            throw new FirecrackerException(
                FirecrackerFault.Unreachable, $"cannot connect to Firecracker's API at {socketPath}: {failure.Message}", failure);
        }
    }

    /// <summary>Gets the version and configures every part of a microVM that is not null, in one write and one wait.</summary>
    /// <param name="configuration">The microVM; null parts are omitted.</param>
    /// <param name="accept">
    /// Receives the release number before any other answer is checked. If it throws, the other answers are ignored.
    /// </param>
    /// <param name="cancellationToken">Stops waiting; Firecracker still processes the requests.</param>
    /// <exception cref="FirecrackerException">
    /// Firecracker refused a request; the exception describes the first refusal. Firecracker may have processed the others.
    /// </exception>
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
