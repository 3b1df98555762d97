using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Boot;

/// <summary>The guest's start as stretches of time without gaps: each begins where the one before ended.</summary>
internal sealed class PhaseLog
{
    private readonly List<GuestPhase> phases = [];
    private double lastMs;

    /// <summary>Ends the stretch that began with the last call, and gives it its name.</summary>
    internal void End(string name)
    {
        double nowMs = GuestClock.UptimeMs;
        phases.Add(new GuestPhase(name, lastMs, nowMs - lastMs));
        lastMs = nowMs;
    }

    /// <summary>Begins anew, leaving out the time since the last stretch ended.</summary>
    internal void Skip() => lastMs = GuestClock.UptimeMs;

    /// <summary>The stretches ended since the last call.</summary>
    internal IReadOnlyList<GuestPhase> Take()
    {
        GuestPhase[] taken = [.. phases];
        phases.Clear();
        return taken;
    }
}
