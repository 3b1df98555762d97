namespace Hearth.Machines;

/// <summary>How a machine came to its end.</summary>
public enum MachineExitKind
{
    /// <summary>The guest powered off or asked for a restart (machines are never restarted), or was shut down.</summary>
    PoweredOff,

    /// <summary>The guest's kernel panicked; its lines are in the message.</summary>
    KernelPanic,

    /// <summary><see cref="IMachine.Kill"/>.</summary>
    Killed,

    /// <summary>The VMM ended by itself: an error of its own, or a signal from elsewhere.</summary>
    Crashed,
}

/// <summary>The end of a machine; known once, when the VMM's process is gone.</summary>
/// <param name="Kind">How it came.</param>
/// <param name="ExitStatus">The VMM's exit status; 128 + signal where a signal ended it.</param>
/// <param name="Message">One line for people, with what the VMM or the kernel said.</param>
/// <param name="ConsoleTail">The last lines of the guest's console, oldest first.</param>
public sealed record MachineExit(MachineExitKind Kind, int ExitStatus, string Message, IReadOnlyList<string> ConsoleTail);
