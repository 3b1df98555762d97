namespace Hearth.Network;

/// <summary>A limit of traffic in one direction.</summary>
/// <param name="BytesPerSecond">The mean rate.</param>
/// <param name="BurstInBytes">What may pass at once after a pause.</param>
public sealed record TrafficRate(long BytesPerSecond, long BurstInBytes);
