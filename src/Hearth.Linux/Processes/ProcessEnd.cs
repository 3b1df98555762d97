namespace Hearth.Linux.Processes;

/// <summary>How a child ended.</summary>
/// <param name="Pid">Which.</param>
/// <param name="ExitCode">What it gave to exit(2), 0 to 255; 0 where a signal ended it.</param>
/// <param name="Signal">The signal that ended it; 0 where it exited.</param>
public readonly record struct ProcessEnd(int Pid, int ExitCode, int Signal);
