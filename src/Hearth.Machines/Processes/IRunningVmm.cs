using Hearth.Linux.Processes;
using Hearth.Machines.Console;

namespace Hearth.Machines.Processes;

/// <summary>A VMM's process with all that belongs to it on this side.</summary>
internal interface IRunningVmm : IAsyncDisposable
{
    int ProcessId { get; }

    ConsoleLog Console { get; }

    /// <summary>SIGKILL; harmless when the process is gone.</summary>
    void Kill();

    /// <summary>Waits until the process is gone and all that it said was read.</summary>
    Task<ProcessEnd> WaitAsync();
}
