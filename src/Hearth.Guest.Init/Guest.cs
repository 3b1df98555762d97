using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Init.Processes;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Init.World;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Kernel;

namespace Hearth.Guest.Init;

/// <summary>Does what the host says, one message after another, until the host says to end or is gone.</summary>
internal sealed class Guest(
    GuestChannel channel, DeviceWatch devices, ChildReaper reaper, ContainerNamespaces namespaces, IReadOnlyList<string> moduleFailures)
{
    private readonly ProcessTable processes = new(channel);
    private ProcessServices? services;

    /// <summary>Runs until the guest is to end, and ends what runs in it.</summary>
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
            processes.ForgetEnded();
            await HandleAsync(message, phases).ConfigureAwait(false);
        }

        await processes.EndAllAsync().ConfigureAwait(false);
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
                return AnswerAsync(request);
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

            ContainerWorld.Build(configuration, devices, phases);
            ContainerGroup? group = ContainerGroup.Create(configuration.Limits, warnings);
            phases.End("limits");
            ReadinessLoop readiness = new();
            services = new ProcessServices(
                reaper, readiness, namespaces, group, new OutOfMemoryWatch(group?.Files, readiness, channel), configuration.Hostname);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or GuestInitException)
        {
            string modules = moduleFailures.Count == 0 ? "" : $" (modules that failed to load: {string.Join("; ", moduleFailures)})";
            await channel.SendAsync(new GuestFailed(failure.Message + modules)).ConfigureAwait(false);
            return;
        }

        await channel.SendAsync(new GuestConfigured(phases.Take(), warnings)).ConfigureAwait(false);
    }

    private Task AnswerAsync(GuestRequest request) => channel.SendAsync(Answer(request) with { RequestId = request.RequestId });

    private GuestAnswer Answer(GuestRequest request)
    {
        try
        {
            switch (request)
            {
                case SignalProcess signal:
                    processes.Find(signal.ProcessId)?.Signal(signal.Signal, signal.All);
                    return new RequestDone([]);
                case ResizeTerminal resize:
                    processes.Find(resize.ProcessId)?.Resize(resize.WindowSize);
                    return new RequestDone([]);
                case UpdateLimits update:
                    return UpdateLimits(update);
                case SetClock clock:
                    SystemState.SetClock(clock.UnixTimeNanoseconds);
                    return new RequestDone([]);
                default:
                    return new RequestFailed(RequestFailure.Unsupported, $"init has no answer to {request.GetType().Name}");
            }
        }
        catch (LinuxException failure)
        {
            return new RequestFailed(RequestFailure.System, failure.Message);
        }
    }

    private GuestAnswer UpdateLimits(UpdateLimits update) => services?.Group is { } group
        ? group.Update(update.Limits) ?? (GuestAnswer)new RequestDone([])
        : new RequestFailed(RequestFailure.Unsupported, "the guest's kernel has no control groups (CONFIG_CGROUPS)");
}
