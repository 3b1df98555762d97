namespace Hearth.Records;

/// <summary>Information about a host: the output of <c>system info</c>.</summary>
/// <param name="ServerVersion">Of the program that answers.</param>
/// <param name="Containers">All.</param>
/// <param name="ContainersRunning">Of them.</param>
/// <param name="ContainersPaused">Of them.</param>
/// <param name="ContainersStopped">Of them, those never started too.</param>
/// <param name="StateDirectory">What survives a restart of the host.</param>
/// <param name="RunDirectory">What runs now.</param>
/// <param name="OperatingSystem">The host's.</param>
/// <param name="Processors">That the program may use.</param>
/// <param name="MemoryBytes">That it may use.</param>
public sealed record SystemInformation(
    string ServerVersion, int Containers, int ContainersRunning, int ContainersPaused, int ContainersStopped, string StateDirectory, string RunDirectory,
    string OperatingSystem, int Processors, long MemoryBytes);
