using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Init.Processes;
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
    /// <summary>Killed processes are gone at once, but for one that waits for a drive in the kernel.</summary>
    private static readonly TimeSpan EndingTimeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, GuestProcess> processes = [];
    private readonly Dictionary<string, Task> running = [];
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
            ForgetEnded();
            await HandleAsync(message, phases).ConfigureAwait(false);
        }

        await EndProcessesAsync().ConfigureAwait(false);
        RootMounts.Unmount();
    }

    private Task HandleAsync(GuestMessage message, PhaseLog phases)
    {
        switch (message)
        {
            case ConfigureGuest configuration:
                return ConfigureAsync(configuration, phases);
            case StartProcess request:
                return StartAsync(request);
            case GuestRequest request:
                return AnswerAsync(request);
            default:
                return channel.SendAsync(new GuestFailed($"init does not understand {message.GetType().Name}"));
        }
    }

    private async Task ConfigureAsync(ConfigureGuest configuration, PhaseLog phases)
    {
        try
        {
            if (services is not null)
            {
                throw new GuestInitException("the guest is configured already");
            }

            ContainerWorld.Build(configuration, devices, phases);
            services = new ProcessServices(reaper, new ReadinessLoop(), namespaces, configuration.Hostname);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or GuestInitException)
        {
            string modules = moduleFailures.Count == 0 ? "" : $" (modules that failed to load: {string.Join("; ", moduleFailures)})";
            await channel.SendAsync(new GuestFailed(failure.Message + modules)).ConfigureAwait(false);
            return;
        }

        await channel.SendAsync(new GuestConfigured(phases.Take())).ConfigureAwait(false);
    }

    private async Task StartAsync(StartProcess request)
    {
        string? refusal = services is null ? "the guest is not configured yet"
            : processes.ContainsKey(request.ProcessId) ? "a process of this id runs already"
            : null;
        if (refusal is not null)
        {
            await channel.SendAsync(new ProcessFailed(request.ProcessId, StartFailure.System, refusal)).ConfigureAwait(false);
            return;
        }

        GuestProcess process = new(request, channel, services!);
        processes.Add(request.ProcessId, process);
        running.Add(request.ProcessId, Task.Run(process.RunAsync));
    }

    private Task AnswerAsync(GuestRequest request) => channel.SendAsync(Answer(request) with { RequestId = request.RequestId });

    private GuestAnswer Answer(GuestRequest request)
    {
        try
        {
            switch (request)
            {
                case SignalProcess signal:
                    processes.GetValueOrDefault(signal.ProcessId)?.Signal(signal.Signal, signal.All);
                    return new RequestDone([]);
                case ResizeTerminal resize:
                    processes.GetValueOrDefault(resize.ProcessId)?.Resize(resize.WindowSize);
                    return new RequestDone([]);
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

    /// <summary>Lets go of processes that are over; a failure that they did not expect is init's own.</summary>
    private void ForgetEnded()
    {
        foreach ((string id, Task task) in running.Where(one => one.Value.IsCompleted).ToArray())
        {
            running.Remove(id);
            processes.Remove(id);
            task.GetAwaiter().GetResult();
        }
    }

    private async Task EndProcessesAsync()
    {
        foreach (GuestProcess process in processes.Values)
        {
            process.Signal(Hearth.Linux.Processes.SignalNumber.Kill, isForAll: true);
        }

        try
        {
            await Task.WhenAll(running.Values).WaitAsync(EndingTimeout).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or GuestProtocolException)
        {
            GuestConsole.Write($"not all processes could be ended and reported: {failure.Message}");
        }
    }
}
