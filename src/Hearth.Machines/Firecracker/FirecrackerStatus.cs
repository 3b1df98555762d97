using Hearth.Linux.Processes;

namespace Hearth.Machines.Firecracker;

/// <summary>What Firecracker's end tells: its own exit codes, and signals.</summary>
internal static class FirecrackerStatus
{
    /// <summary>A sentence without its full stop.</summary>
    internal static string Describe(ProcessEnd end) => end.Signal != 0
        ? $"Firecracker was killed by signal {end.Signal}"
        : $"Firecracker ended with status {end.ExitCode}{MeaningOf(end.ExitCode)}";

    private static string MeaningOf(int code) => code switch
    {
        148 => ", for it made a system call that its seccomp filter forbids (signal 31)",
        149 => ", for memory or a file beneath it could not be read (signal 7)",
        150 => ", for it touched memory that is not its own (signal 11)",
        151 => ", for a file grew beyond its limit (signal 25)",
        154 => ", for it used up its processor time (signal 24)",
        156 => ", for its terminal hung up (signal 1)",
        157 => ", for it ran into an illegal instruction (signal 4)",
        152 => ", for it could not use the microVM's configuration",
        153 => ", for it did not understand its arguments",
        _ => "",
    };
}
