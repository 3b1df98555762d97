using Hearth.Records;

namespace Hearth.Rendering;

/// <summary>The output of <c>system info</c>, with docker's names where docker has the member.</summary>
/// <param name="ServerVersion">Of the program that answers.</param>
/// <param name="Containers">All.</param>
/// <param name="ContainersRunning">Of them.</param>
/// <param name="ContainersPaused">Of them.</param>
/// <param name="ContainersStopped">Of them, those never started too.</param>
/// <param name="StateDirectory">What survives a restart of the host.</param>
/// <param name="RunDirectory">What runs now.</param>
/// <param name="OperatingSystem">The host's.</param>
/// <param name="NCPU">Processors that the program may use.</param>
/// <param name="MemTotal">Bytes that it may use.</param>
/// <param name="Warnings">What the host lacks.</param>
public sealed record SystemView(
    string ServerVersion, int Containers, int ContainersRunning, int ContainersPaused, int ContainersStopped, string StateDirectory, string RunDirectory,
    string OperatingSystem, int NCPU, long MemTotal, IReadOnlyList<string> Warnings)
{
    public static SystemView Of(SystemInformation system, IReadOnlyList<string> warnings) => new(
        system.ServerVersion, system.Containers, system.ContainersRunning, system.ContainersPaused, system.ContainersStopped, system.StateDirectory, system.RunDirectory,
        system.OperatingSystem, system.Processors, system.MemoryBytes, warnings);
}
