namespace Hearth.Linux.Compression;

/// <summary>What one call of <see cref="Inflater.Inflate"/> did.</summary>
/// <param name="State">Why it returned.</param>
/// <param name="Consumed">Bytes of the input.</param>
/// <param name="Produced">Bytes of the output.</param>
/// <param name="UnusedBits">How many bits of the last consumed byte belong to the next block: 0 to 7.</param>
public readonly record struct InflateResult(InflateState State, int Consumed, int Produced, int UnusedBits);
