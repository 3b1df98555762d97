namespace Hearth.Machines;

/// <summary>
/// The life of a machine: <c>Configured → Booting → Running ⇄ Paused → Ended</c>, and from every state straight to
/// <see cref="Ended"/>. What is legal where stands at <see cref="IMachine"/>.
/// </summary>
public enum MachineState
{
    /// <summary>Checked; no process, no file, no socket yet.</summary>
    Configured,

    /// <summary>The VMM is being started.</summary>
    Booting,

    /// <summary>The virtual processors run.</summary>
    Running,

    /// <summary>The virtual processors stand still; memory is kept.</summary>
    Paused,

    /// <summary>No act is legal any more: the VMM's process is gone or was never started, or was told to go; <see cref="IMachine.Exited"/> tells when it has.</summary>
    Ended,
}
