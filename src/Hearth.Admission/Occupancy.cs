namespace Hearth.Admission;

/// <summary>What is in use.</summary>
/// <param name="Containers">Those that run or boot.</param>
/// <param name="Processors">Of their machines.</param>
/// <param name="Memory">Of their machines, with the overhead, in bytes.</param>
/// <param name="Booting">Starts in progress.</param>
/// <param name="Waiting">Starts in the queue.</param>
public readonly record struct Occupancy(int Containers, int Processors, long Memory, int Booting, int Waiting);
