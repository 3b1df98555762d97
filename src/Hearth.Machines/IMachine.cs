namespace Hearth.Machines;

/// <summary>
/// One microVM, from its configuration to its end. Safe for several threads; acts are done one after the other.
/// <code>
/// act                 legal in             afterwards
/// BootAsync           Configured           Running
/// OpenChannelAsync    Running, Paused      unchanged
/// PauseAsync          Running              Paused
/// ResumeAsync         Paused               Running
/// ShutdownAsync       Running              unchanged; Ended when the guest has followed
/// Kill, DisposeAsync  everywhere           Ended
/// </code>
/// An act in another state throws <see cref="MachineException"/> with <see cref="MachineError.WrongState"/>, or
/// <see cref="MachineError.MachineEnded"/> after the end. A VMM that does not answer makes it <see cref="MachineError.VmmSilent"/>:
/// no act waits for ever, and <c>Kill</c> asks no VMM.
/// </summary>
public interface IMachine : IAsyncDisposable
{
    MachineConfiguration Configuration { get; }

    MachineState State { get; }

    /// <summary>The VMM's program, for reports: <c>qemu</c>, <c>firecracker</c>.</summary>
    string Vmm { get; }

    /// <summary>What runs the guest's instructions, for reports: <c>kvm</c>, <c>tcg</c>.</summary>
    string Accelerator { get; }

    /// <summary>
    /// Memory that the VMM takes beside the guest's, at most, in MiB: what a limit on its process has to leave it. Page cache that
    /// its reading causes is not among it, since the kernel takes that back.
    /// </summary>
    int OverheadInMiB { get; }

    /// <summary>What the operator should know of the VMM that runs this machine: known holes of its release; settled by the boot.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>What keeps the VMM from the host, a few words each, for reports; without <see cref="MachineConfiguration.Confinement"/> little.</summary>
    IReadOnlyList<string> Confinement { get; }

    /// <summary>The VMM's process; 0 before the boot. It stays reserved until <see cref="Exited"/> completes, no longer.</summary>
    int ProcessId { get; }

    /// <summary>
    /// Completes when the VMM's process is gone, and never fails. A machine that is disposed before its boot ends as
    /// <see cref="MachineExitKind.Killed"/>.
    /// </summary>
    Task<MachineExit> Exited { get; }

    /// <summary>
    /// Starts the VMM and the guest; returns when the virtual processors run. A boot that fails or is cancelled leaves the
    /// machine ended and nothing behind.
    /// </summary>
    /// <exception cref="MachineException">The VMM is missing, refused the machine or ended; with its own words.</exception>
    Task BootAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens the byte stream to the guest, full duplex; what is written before the guest listens waits. The caller disposes
    /// of it. A VMM with a single channel gives it once.
    /// </summary>
    /// <exception cref="MachineException">Taken already, or the machine ended meanwhile.</exception>
    Task<Stream> OpenChannelAsync(CancellationToken cancellationToken = default);

    /// <summary>Stops the virtual processors; returns when they stand.</summary>
    Task PauseAsync(CancellationToken cancellationToken = default);

    Task ResumeAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks the guest's kernel, not its processes, to write back and power off: the means of the machine when the guest no
    /// longer answers on its channel. Returns when the request is delivered; whether the guest follows shows
    /// <see cref="Exited"/>, for which the caller has a deadline and then <see cref="Kill"/>.
    /// </summary>
    Task ShutdownAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends the VMM's process at once, whatever it is doing. Harmless when it is gone.</summary>
    void Kill();
}
