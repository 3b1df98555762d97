namespace Hearth.Keeper.Diagnosis;

/// <summary>One thing that running containers needs of a host.</summary>
/// <param name="Name">What it is.</param>
/// <param name="State">Whether it is there.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Advice">What to do; null where nothing has to be done.</param>
public sealed record HostNeed(string Name, NeedState State, string Finding, string? Advice = null);

/// <summary>Whether a need is met.</summary>
public enum NeedState
{
    Met,

    /// <summary>Containers run without it, but slower or with something missing.</summary>
    Limited,

    /// <summary>No container can run.</summary>
    Unmet,
}
