using Hearth.Linux.Processes;
using Hearth.Machines.Console;

namespace Hearth.Machines.Processes;

/// <summary>A VMM's process with this program's resources for it.</summary>
internal interface IRunningVmm : IAsyncDisposable
{
    int ProcessId { get; }

    ConsoleLog Console { get; }

    /// <summary>Sends SIGKILL; does nothing if the process has ended.</summary>
    void Kill();

    /// <summary>Waits until the process has ended and all its output was read.</summary>
    Task<ProcessEnd> WaitAsync();
}
