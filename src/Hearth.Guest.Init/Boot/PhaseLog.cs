using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Boot;

/// <summary>The phases of the guest's start, without gaps: each begins where the one before ended.</summary>
internal sealed class PhaseLog
{
    private readonly List<GuestPhase> phases = [];
    private double lastMs;

    /// <summary>Ends the phase that began with the last call, and names it.</summary>
    internal void End(string name)
    {
        double nowMs = GuestClock.UptimeMs;
        phases.Add(new GuestPhase(name, lastMs, nowMs - lastMs));
        lastMs = nowMs;
    }

    /// <summary>Begins a phase now, and leaves out the time since the last one ended.</summary>
    internal void Skip() => lastMs = GuestClock.UptimeMs;

    /// <summary>Returns the phases that have ended since the last call.</summary>
    internal IReadOnlyList<GuestPhase> Take()
    {
        GuestPhase[] taken = [.. phases];
        phases.Clear();
        return taken;
    }
}
