using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Machines;

namespace Hearth.Keeper.Guest;

/// <summary>
/// How long a guest may be silent while the host waits for it. An operation of the guest may take long: the disk is slow, or the
/// archive is large. After a while of silence the host sends a query, and gives up on a guest that does not answer it.
/// </summary>
/// <param name="Answer">How long the guest's init may take to answer a query that needs no work.</param>
/// <param name="MonitorPid">The process of the machine's monitor; 0 if it is unknown.</param>
/// <param name="Clock">The source of the current time.</param>
internal sealed record GuestDeadline(TimeSpan Answer, int MonitorPid, TimeProvider Clock)
{
    private static readonly TimeSpan defaultAnswer = TimeSpan.FromSeconds(10);

    /// <summary>An emulated processor is many times slower, and slower still when several run at the same time.</summary>
    private static readonly TimeSpan emulatedAnswer = TimeSpan.FromSeconds(30);

    /// <summary>How long the guest is silent before the host queries it.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(5);

    /// <param name="machine">The booted machine.</param>
    /// <param name="clock">The source of the current time.</param>
    public static GuestDeadline Of(IMachine machine, TimeProvider clock) =>
        new(machine.Accelerator == "tcg" ? emulatedAnswer : defaultAnswer, machine.ProcessId, clock);

    /// <summary>Whether the monitor is stopped (SIGSTOP), so that no answer can come.</summary>
    public bool IsMonitorStopped => MonitorPid > 0 && ProcessStates.IsStopped(MonitorPid);

    /// <summary>The failure of a request that the guest did not answer.</summary>
    /// <param name="act">What the request does, as the rest of "cannot".</param>
    public HearthException Missed(string act) => new(
        HearthError.GuestSilent,
        IsMonitorStopped
            ? $"cannot {act}: its machine's monitor (process {MonitorPid}) is stopped; 'kill -CONT {MonitorPid}' lets it go on, 'hearth stop' ends the container"
            : $"cannot {act}: the guest has not answered for {Answer.TotalSeconds:0} s; 'hearth stop' ends the container");
}
