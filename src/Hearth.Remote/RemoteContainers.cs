using System.Globalization;
using Hearth.Client;
using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Remote;

/// <summary>
/// The containers of another host. Records are read from its worker; requests to a running container pass through the worker to
/// the container's keeper, so that they are the same as on that host.
/// </summary>
/// <param name="worker">The caller closes it.</param>
/// <param name="clock">The source of the time.</param>
public sealed class RemoteContainers(WorkerConnection worker, TimeProvider clock) : KeeperClient(clock, logger: null), IContainers
{
    private const string Containers = "hearth/v1/containers";

    public Task<IReadOnlyList<ContainerEntry>> ListAsync(CancellationToken cancellationToken = default) => worker.ReadAsync(Containers, ClientJson.Default.IReadOnlyListContainerEntry, cancellationToken);

    public Task<ContainerEntry> FindAsync(string reference, CancellationToken cancellationToken = default) =>
        worker.ReadAsync(PathOf(RequireReference(reference)), ClientJson.Default.ContainerEntry, cancellationToken);

    public async ValueTask<string> FindIdAsync(string reference, CancellationToken cancellationToken = default) => (await FindAsync(reference, cancellationToken).ConfigureAwait(false)).Container.Id;

    public async Task<Container> CreateAsync(ContainerDescription description, CancellationToken cancellationToken = default) =>
        (await worker.SendAsync(HttpMethod.Post, Containers, description, ClientJson.Default.ContainerDescription, ClientJson.Default.ContainerEntry, cancellationToken).ConfigureAwait(false)).Container;

    public Task StartAsync(string id, Action<Diagnostic> diagnose, StartTiming timing, CancellationToken cancellationToken = default) =>
        StartAsync(id, "start", $"{PathOf(id)}/start", diagnose, cancellationToken);

    public async Task<RunOutcome?> StartAttachedAsync(string id, ClientAttachment attachment, StartTiming timing, CancellationToken cancellationToken = default)
    {
        (ControlConnection connection, long queuedMs) = await worker.UpgradeAsync(HttpMethod.Post, $"{PathOf(id)}/start", cancellationToken).ConfigureAwait(false);
        using (connection)
        {
            return await BeginAttachedAsync(id, connection, attachment, queuedMs, () => { }, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task KillAsync(string id, int signal, CancellationToken cancellationToken = default) =>
        worker.SendAsync(HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"containers/{id}/kill?signal={signal}"), cancellationToken);

    public Task StopAsync(string id, TimeSpan? timeout = null, int? signal = null, CancellationToken cancellationToken = default) =>
        worker.SendAsync(HttpMethod.Post, $"containers/{id}/stop{QueryOf(timeout, signal)}", cancellationToken);

    public Task RestartAsync(string id, TimeSpan? timeout, int? signal, Action<Diagnostic> diagnose, CancellationToken cancellationToken = default) =>
        StartAsync(id, "restart", $"{PathOf(id)}/restart{QueryOf(timeout, signal)}", diagnose, cancellationToken);

    /// <summary>Waits until a container has ended. After a lost connection, connects again, also to a worker that restarts.</summary>
    public async Task<int> WaitAsync(string id, CancellationToken cancellationToken = default)
    {
        Reconnection reconnection = new(Clock);
        while (true)
        {
            int? exitCode = await reconnection.ConnectAsync(
                async () =>
                {
                    using ControlConnection? connection = await TryConnectAsync(id, cancellationToken).ConfigureAwait(false);
                    reconnection.NoteProgress();
                    return await TryAwaitEndAsync(id, connection, cancellationToken).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
            if (exitCode is { } code)
            {
                return code;
            }

            await reconnection.PauseAsync(Lost("its wait ended"), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>Null if the connection was lost while a keeper has the container.</returns>
    private async Task<int?> TryAwaitEndAsync(string id, ControlConnection? connection, CancellationToken cancellationToken)
    {
        if (connection is not null)
        {
            try
            {
                await connection.SendAsync(new WaitRequest(), cancellationToken).ConfigureAwait(false);
                return await connection.ReceiveMessageAsync(cancellationToken).ConfigureAwait(false) is EndedReply ended ? ended.ExitCode : null;
            }
            catch (IOException)
            {
                return null;
            }
        }

        // After the death of a keeper, the state is that of the run until somebody has recorded the end.
        ContainerEntry entry = await FindAsync(id, cancellationToken).ConfigureAwait(false);
        bool hasEnded = !entry.IsHeld && entry.Container.State.Status is not (ContainerStatus.Running or ContainerStatus.Paused);
        return hasEnded ? entry.Container.State.ExitCode : null;
    }

    public Task RemoveAsync(string id, bool force, bool removesVolumes = false, CancellationToken cancellationToken = default) =>
        worker.SendAsync(HttpMethod.Delete, $"containers/{id}?force={(force ? 1 : 0)}&v={(removesVolumes ? 1 : 0)}", cancellationToken);

    public Task RenameAsync(string id, string name, CancellationToken cancellationToken = default) =>
        worker.SendAsync(HttpMethod.Post, $"containers/{id}/rename?name={Uri.EscapeDataString(name)}", cancellationToken);

    public Task UpdateAsync(string id, ResourcesSpec resources, RestartChange? restart = null, CancellationToken cancellationToken = default) =>
        worker.SendAsync(HttpMethod.Put, $"{PathOf(id)}/resources{(restart is null ? "" : $"?restart={Uri.EscapeDataString(restart.ToString())}")}", resources, ClientJson.Default.ResourcesSpec, cancellationToken);

    public async Task<long> ReadSizeAsync(Container container, CancellationToken cancellationToken = default) =>
        (await worker.ReadAsync($"containers/{container.Id}/json?size=1", RemoteJson.Default.SizedContainer, cancellationToken).ConfigureAwait(false)).Own;

    public Task ConfineAsync(string id, EgressRules rules, CancellationToken cancellationToken = default) =>
        worker.SendAsync(HttpMethod.Put, $"{PathOf(id)}/policy", new PolicyBody(rules.DeniesEgress, rules.Allow, rules.Deny), RemoteJson.Default.PolicyBody, cancellationToken);

    public Task ConnectAsync(string id, NetworkPlacement place, CancellationToken cancellationToken = default)
    {
        EndpointBody endpoint = new(place.Aliases, place.HardwareAddress, place.Address is { } address ? new AddressBody(address) : null);
        return worker.SendAsync(HttpMethod.Post, $"networks/{Uri.EscapeDataString(place.Network)}/connect", new ConnectBody(id, endpoint), RemoteJson.Default.ConnectBody, cancellationToken);
    }

    public Task DisconnectAsync(string id, string network, CancellationToken cancellationToken = default) =>
        worker.SendAsync(HttpMethod.Post, $"networks/{Uri.EscapeDataString(network)}/disconnect", new DisconnectBody(id), RemoteJson.Default.DisconnectBody, cancellationToken);

    public async Task<IReadOnlyList<Diagnostic>> ReadRootAsync(string id, RootForm form, bool freezes, Stream target, CancellationToken cancellationToken = default)
    {
        string path = $"{PathOf(id)}/root?form={form}&freezes={(freezes ? 1 : 0)}";
        (ControlConnection connection, _) = await worker.UpgradeAsync(HttpMethod.Get, path, cancellationToken).ConfigureAwait(false);
        using (connection)
        {
            return await ReceiveAsync(id, "read the root of", () => connection.ReceiveAsync(cancellationToken).AsTask(), target, cancellationToken).ConfigureAwait(false);
        }
    }

    public ILogReading OpenLog(Container container) => new RemoteLog(worker, $"{PathOf(container.Id)}/log", Clock);

    public override async ValueTask<ControlConnection> OpenFilesAsync(string id, string act, CancellationToken cancellationToken = default) =>
        (await worker.UpgradeAsync(HttpMethod.Get, $"{PathOf(id)}/control?files=1", cancellationToken).ConfigureAwait(false)).Connection;

    protected override async ValueTask<ControlConnection?> TryConnectAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return (await worker.UpgradeAsync(HttpMethod.Get, $"{PathOf(id)}/control", cancellationToken).ConfigureAwait(false)).Connection;
        }
        catch (HearthException stopped) when (stopped.Error == HearthError.WrongState)
        {
            return null;
        }
    }

    protected override async ValueTask<Container> ReadAsync(string id, CancellationToken cancellationToken) => (await FindAsync(id, cancellationToken).ConfigureAwait(false)).Container;

    protected override (string Name, ProcessIdentity? Keeper) Identify(string id) => (id[..12], null);

    protected override HearthException Lost(string cause) => worker.Lost("it, or the container's keeper, has ended; 'hearth ps -a' shows whether the container runs");

    private async Task StartAsync(string id, string act, string path, Action<Diagnostic> diagnose, CancellationToken cancellationToken)
    {
        (ControlConnection connection, long queuedMs) = await worker.UpgradeAsync(HttpMethod.Post, path, cancellationToken).ConfigureAwait(false);
        using (connection)
        {
            StartRequest request = new(Attach: false, Input: false, Size: null) { QueuedMs = queuedMs };
            await AskAsync<StartedReply>(id, connection, act, request, diagnose, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string QueryOf(TimeSpan? timeout, int? signal)
    {
        string[] values =
        [
            .. timeout is { } time ? [string.Create(CultureInfo.InvariantCulture, $"t={time.TotalSeconds:0}")] : Array.Empty<string>(),
            .. signal is { } number ? [string.Create(CultureInfo.InvariantCulture, $"signal={number}")] : Array.Empty<string>(),
        ];
        return values.Length == 0 ? "" : $"?{string.Join('&', values)}";
    }

    private static string RequireReference(string reference) => reference.Length > 0 && !reference.Contains('/', StringComparison.Ordinal)
        ? reference
        : throw new HearthException(HearthError.ContainerUnknown, $"there is no container '{reference}'; 'hearth ps -a' lists them");

    private static string PathOf(string container) => $"{Containers}/{Uri.EscapeDataString(container)}";
}
