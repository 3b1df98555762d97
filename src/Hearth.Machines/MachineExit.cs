namespace Hearth.Machines;

/// <summary>How a machine ended.</summary>
public enum MachineExitKind
{
    /// <summary>The guest powered off, requested a restart (machines are never restarted), or was shut down.</summary>
    PoweredOff,

    /// <summary>The guest's kernel panicked; the message contains the kernel's line.</summary>
    KernelPanic,

    /// <summary><see cref="IMachine.Kill"/> ended the machine.</summary>
    Killed,

    /// <summary>The VMM ended on its own: because of an error, or a signal from another process.</summary>
    Crashed,
}

/// <summary>The end of a machine, known when the VMM's process has ended.</summary>
/// <param name="Kind">How the machine ended.</param>
/// <param name="ExitStatus">The VMM's exit status; 128 + signal if a signal ended it.</param>
/// <param name="Message">One line for users, with the error text of the VMM or the kernel.</param>
/// <param name="ConsoleTail">The last lines of the guest's console, oldest first.</param>
public sealed record MachineExit(MachineExitKind Kind, int ExitStatus, string Message, IReadOnlyList<string> ConsoleTail);
