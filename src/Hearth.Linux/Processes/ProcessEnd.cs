namespace Hearth.Linux.Processes;

/// <summary>How a child ended.</summary>
/// <param name="Pid">The child's pid.</param>
/// <param name="ExitCode">Its argument to exit(2), 0 to 255; 0 if a signal ended it.</param>
/// <param name="Signal">The signal that ended it; 0 if it exited.</param>
public readonly record struct ProcessEnd(int Pid, int ExitCode, int Signal);
