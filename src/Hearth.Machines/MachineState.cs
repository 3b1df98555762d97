namespace Hearth.Machines;

/// <summary>
/// The states of a machine: <c>Configured → Booting → Running ⇄ Paused → Ended</c>, and from every state directly to
/// <see cref="Ended"/>. <see cref="IMachine"/> documents which actions are legal in which state.
/// </summary>
public enum MachineState
{
    /// <summary>The configuration is checked; there is no process, file or socket yet.</summary>
    Configured,

    /// <summary>The VMM is being started.</summary>
    Booting,

    /// <summary>The virtual processors run.</summary>
    Running,

    /// <summary>The virtual processors are stopped; the memory is kept.</summary>
    Paused,

    /// <summary>
    /// No action is legal any more: the VMM's process has ended, was never started, or has been killed.
    /// <see cref="IMachine.Exited"/> completes when the process has ended.
    /// </summary>
    Ended,
}
