using Hearth.Guest.Init.Archives;
using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Init.Network.Names;
using Hearth.Guest.Init.Polling;
using Hearth.Guest.Init.Processes;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Init.Shares;
using Hearth.Guest.Init.Volumes;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Mounts;

namespace Hearth.Guest.Init;

/// <summary>Handles the host's messages one by one, until the host requests the end or closes the channel.</summary>
internal sealed class Guest
{
    private readonly GuestChannel channel;
    private readonly DeviceWatch devices;
    private readonly ChildReaper reaper;
    private readonly ContainerNamespaces namespaces;
    private readonly IReadOnlyList<string> moduleFailures;
    private readonly WorkList work = new();
    private readonly ProcessTable processes;
    private readonly ArchiveRequests archives;
    private readonly RequestHandler requests;
    private readonly ShareMounts shares;
    private ProcessServices? services;

    internal Guest(
        GuestChannel channel, DeviceWatch devices, ChildReaper reaper, ContainerNamespaces namespaces, IReadOnlyList<string> moduleFailures)
    {
        this.channel = channel;
        this.devices = devices;
        this.reaper = reaper;
        this.namespaces = namespaces;
        this.moduleFailures = moduleFailures;
        processes = new ProcessTable(channel, work);
        archives = new ArchiveRequests(channel);
        requests = new RequestHandler(channel, devices, processes, archives, work);
        shares = new ShareMounts(channel);
    }

    /// <summary>Runs until the guest is to end, then ends all processes and unmounts.</summary>
    internal async Task RunAsync(PhaseLog phases)
    {
        await channel.SendAsync(new GuestHello
        {
            ProtocolVersion = GuestProtocol.Version,
            KernelRelease = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            Phases = phases.Take(),
        }).ConfigureAwait(false);

        while (await channel.ReceiveAsync().ConfigureAwait(false) is { } message and not ShutDownGuest)
        {
            work.ForgetEnded();
            await HandleAsync(message, phases).ConfigureAwait(false);
        }

        archives.EndAll(reaper);
        await processes.EndAllAsync().ConfigureAwait(false);

        // Data written through mappings of shared files must be flushed while the host still answers.
        FileSystems.Synchronize();
        shares.End();
        VolumeMounts.Unmount();
        RootMounts.Unmount();
    }

    private Task HandleAsync(GuestMessage message, PhaseLog phases)
    {
        switch (message)
        {
            case ConfigureGuest configuration:
                return ConfigureAsync(configuration, phases);
            case StartProcess request:
                return processes.StartAsync(request, services);
            case GuestRequest request:
                return requests.TakeAsync(request, services);
            default:
                return channel.SendAsync(new GuestFailed($"init does not understand {message.GetType().Name}"));
        }
    }

    private async Task ConfigureAsync(ConfigureGuest configuration, PhaseLog phases)
    {
        List<string> warnings = [];
        try
        {
            if (services is not null)
            {
                throw new GuestInitException("the guest is configured already");
            }

            using GuestDataStream? layer = configuration.Root.LayerStream == 0 ? null : HostStreams.Accept(configuration.Root.LayerStream, isRead: true, channel);
            ContainerSetup.Build(configuration, devices, shares, layer, phases, warnings);
            if (configuration.NameStream != 0)
            {
                NameResolver.Start(channel.AcceptStream(configuration.NameStream));
            }

            ContainerGroup? group = ContainerGroup.Create(configuration.Limits, warnings);
            phases.End("limits");
            ReadinessLoop readiness = new();
            services = new ProcessServices(
                reaper, readiness, namespaces, group, new OutOfMemoryWatch(group?.Files, readiness, channel), configuration);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or GuestInitException)
        {
            string modules = moduleFailures.Count == 0 ? "" : $" (modules that failed to load: {string.Join("; ", moduleFailures)})";
            await channel.SendAsync(new GuestFailed(failure.Message + modules)).ConfigureAwait(false);
            return;
        }

        await channel.SendAsync(new GuestConfigured(phases.Take(), warnings)).ConfigureAwait(false);
    }
}
