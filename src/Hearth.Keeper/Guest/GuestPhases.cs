using Hearth.Containers.Reports;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Keeper.Guest;

/// <summary>Converts the phases of the guest's start from the guest's uptime to the host's timeline.</summary>
internal static class GuestPhases
{
    /// <summary>The guest's name for the time until its first process.</summary>
    private const string GuestKernelPhase = "kernel";

    /// <summary>
    /// Adds the phases. The guest's clock begins somewhere between the machine's start and the guest's first message. The sum
    /// of the guest's phases until that message determines where.
    /// </summary>
    public static void Add(Timeline timeline, GuestHello hello, double machineStartMs, double helloMs)
    {
        double uptimeAtHello = hello.Phases.Select(phase => phase.StartMs + phase.DurationMs).DefaultIfEmpty(0).Max();
        double kernelMs = hello.Phases.FirstOrDefault(phase => phase.Name == GuestKernelPhase)?.DurationMs ?? 0;
        double guestStartMs = Math.Max(machineStartMs, helloMs - uptimeAtHello);
        double initStartMs = Math.Min(helloMs, guestStartMs + kernelMs);
        timeline.Add(PhaseNames.Machine, machineStartMs, guestStartMs);
        timeline.Add(PhaseNames.Kernel, guestStartMs, initStartMs);
        timeline.Add(PhaseNames.Init, initStartMs, timeline.NowMs);
    }
}
