using Hearth.Guest.Init.Archives;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Init.Network;
using Hearth.Guest.Init.Processes;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Kernel;

namespace Hearth.Guest.Init;

/// <summary>
/// Answers each of the host's requests once. Requests that concern a process are done in order; those that may take longer are
/// done in parallel.
/// </summary>
internal sealed class RequestHandler(GuestChannel channel, DeviceWatch devices, ProcessTable processes, ArchiveRequests archives, WorkList work)
{
    internal Task TakeAsync(GuestRequest request, ProcessServices? services)
    {
        switch (request)
        {
            case ListProcesses:
                work.Start(() => SendAsync(request, Answer(request, services)));
                return Task.CompletedTask;
            case StatPath or WriteArchive or ReadArchive or ReadRoot:
                work.Start(async () => await SendAsync(request, await archives.AnswerAsync(request, services).ConfigureAwait(false)).ConfigureAwait(false));
                return Task.CompletedTask;
            default:
                return SendAsync(request, Answer(request, services));
        }
    }

    private Task SendAsync(GuestRequest request, GuestAnswer answer) => channel.SendAsync(answer with { RequestId = request.RequestId });

    private GuestAnswer Answer(GuestRequest request, ProcessServices? services)
    {
        try
        {
            switch (request)
            {
                case SignalProcess signal:
                    processes.Find(signal.ProcessId)?.Signal(signal.Signal, signal.All);
                    return new RequestDone([]);
                case ReleaseProcess release:
                    processes.Find(release.ProcessId)?.Release();
                    return new RequestDone([]);
                case ResizeTerminal resize:
                    processes.Find(resize.ProcessId)?.Resize(resize.WindowSize);
                    return new RequestDone([]);
                case QueryStatistics:
                    return StatisticsReading.Read(services?.Group?.Files);
                case ListProcesses:
                    return ProcessListing.Read(TimeProvider.System);
                case UpdateLimits update:
                    return Update(update.Limits, services?.Group);
                case ConnectLoopback connect when services is not null:
                    return LoopbackConnection.Open(connect, channel, services.Readiness, work);
                case ConnectLoopbackDatagrams connect when services is not null:
                    return LoopbackDatagrams.Open(connect, channel, services.Readiness, work);
                case SetClock clock:
                    SystemState.SetClock(clock.UnixTimeNanoseconds);
                    return new RequestDone([]);
                case ConfigureInterfaces configure:
                    Configure(configure.Interfaces, services);
                    return new RequestDone([]);
                default:
                    return new RequestFailed(RequestFailure.Unsupported, $"init does not know the request {request.GetType().Name}");
            }
        }
        catch (GuestProtocolException failure)
        {
            return new RequestFailed(RequestFailure.Refused, failure.Message);
        }
        catch (Exception failure) when (failure is IOException or GuestInitException)
        {
            return new RequestFailed(RequestFailure.System, failure.Message);
        }
    }

    private void Configure(IReadOnlyList<GuestInterface> interfaces, ProcessServices? services)
    {
        if (services?.Configuration is not { Network: { } network } configuration)
        {
            throw new GuestInitException("the guest has no network");
        }

        InterfaceSetup.SetUp(interfaces, devices);
        InterfaceSetup.RemoveUnused(interfaces.Count);
        HostFiles.Update(configuration with { Network = network with { Interfaces = interfaces } });
    }

    private static GuestAnswer Update(ContainerLimits limits, ContainerGroup? group) => group is null
        ? new RequestFailed(RequestFailure.Unsupported, "the guest's kernel has no control groups (CONFIG_CGROUPS)")
        : group.Update(limits) ?? (GuestAnswer)new RequestDone([]);
}
