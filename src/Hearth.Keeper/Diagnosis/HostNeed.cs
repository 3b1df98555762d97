namespace Hearth.Keeper.Diagnosis;

/// <summary>A requirement of running containers on the host.</summary>
/// <param name="Name">The requirement's name.</param>
/// <param name="State">Whether the host meets it.</param>
/// <param name="Finding">What the inspection found.</param>
/// <param name="Advice">What the user should do; null if nothing.</param>
public sealed record HostNeed(string Name, NeedState State, string Finding, string? Advice = null);

/// <summary>Whether a need is met.</summary>
public enum NeedState
{
    Met,

    /// <summary>Containers run without it, but slower or without a feature.</summary>
    Limited,

    /// <summary>No container can run.</summary>
    Unmet,
}
