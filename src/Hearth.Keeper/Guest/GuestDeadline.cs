using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Machines;

namespace Hearth.Keeper.Guest;

/// <summary>
/// How long a guest may say nothing to a host that waits for it. What the guest does may take long by itself: a disk is slow, an
/// archive large. So who waits asks it after a while whether it is there, and gives up on a guest that does not answer that.
/// </summary>
/// <param name="Answer">How long the guest's init may take to answer what costs nothing.</param>
/// <param name="MonitorPid">The machine's monitor; 0 where it is not known.</param>
/// <param name="Clock">Where the time comes from.</param>
internal sealed record GuestDeadline(TimeSpan Answer, int MonitorPid, TimeProvider Clock)
{
    private static readonly TimeSpan defaultAnswer = TimeSpan.FromSeconds(10);

    /// <summary>An emulated processor is many times slower, and slower yet beside others.</summary>
    private static readonly TimeSpan emulatedAnswer = TimeSpan.FromSeconds(30);

    /// <summary>Of silence, before the guest is asked whether it is there.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(5);

    /// <param name="machine">Booted.</param>
    /// <param name="clock">Where the time comes from.</param>
    public static GuestDeadline Of(IMachine machine, TimeProvider clock) =>
        new(machine.Accelerator == "tcg" ? emulatedAnswer : defaultAnswer, machine.ProcessId, clock);

    /// <summary>Whether somebody has stopped the monitor: then no answer can come.</summary>
    public bool IsMonitorStopped => MonitorPid > 0 && ProcessStates.IsStopped(MonitorPid);

    /// <summary>The failure of what was asked for.</summary>
    /// <param name="act">The rest of "cannot".</param>
    public HearthException Missed(string act) => new(
        HearthError.GuestSilent,
        IsMonitorStopped
            ? $"cannot {act}: its machine's monitor (process {MonitorPid}) is stopped; 'kill -CONT {MonitorPid}' lets it go on, 'hearth stop' ends the container"
            : $"cannot {act}: the guest has not answered for {Answer.TotalSeconds:0} s; 'hearth stop' ends the container");
}
