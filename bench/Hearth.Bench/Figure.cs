namespace Hearth.Bench;

/// <summary>
/// One measured figure: what, how much, and what was promised. Promises are ratios or counts wherever they can be,
/// since absolute times on shared machines mean little.
/// </summary>
/// <param name="Name">What was measured, as SPECIFICATION.md names it.</param>
/// <param name="Value">The figure, in <paramref name="Unit"/>.</param>
/// <param name="Unit">ms, MB, GB/s, times, %.</param>
/// <param name="Promise">The bound in the same unit, or null where the figure is only told.</param>
/// <param name="AtLeast">True where the promise is a floor, false where it is a ceiling.</param>
/// <param name="Detail">What the figure was computed from.</param>
internal sealed record Figure(string Name, double Value, string Unit, double? Promise, bool AtLeast, string Detail)
{
    public bool? Kept => Promise is null ? null : AtLeast ? Value >= Promise : Value <= Promise;
}
