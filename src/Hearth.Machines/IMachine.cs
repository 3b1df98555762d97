namespace Hearth.Machines;

/// <summary>
/// One microVM, from its configuration to its end. It is safe for several threads; actions run one after the other.
/// <code>
/// action              legal in             afterwards
/// BootAsync           Configured           Running
/// OpenChannelAsync    Running, Paused      unchanged
/// PauseAsync          Running              Paused
/// ResumeAsync         Paused               Running
/// ShutdownAsync       Running              unchanged; Ended when the guest has powered off
/// Kill, DisposeAsync  every state          Ended
/// </code>
/// An action in another state throws <see cref="MachineException"/> with <see cref="MachineError.WrongState"/>, or with
/// <see cref="MachineError.MachineEnded"/> after the end. If the VMM does not answer, the error is
/// <see cref="MachineError.VmmSilent"/>. No action waits for ever, and <c>Kill</c> does not depend on the VMM's answer.
/// </summary>
public interface IMachine : IAsyncDisposable
{
    MachineConfiguration Configuration { get; }

    MachineState State { get; }

    /// <summary>The VMM's name, for reports: <c>qemu</c>, <c>firecracker</c>.</summary>
    string Vmm { get; }

    /// <summary>The accelerator that executes the guest's instructions, for reports: <c>kvm</c>, <c>tcg</c>.</summary>
    string Accelerator { get; }

    /// <summary>
    /// The most memory, in MiB, that the VMM needs in addition to the guest's. A memory limit on its process must include it.
    /// Page cache from its reads is not included, since the kernel reclaims it.
    /// </summary>
    int OverheadInMiB { get; }

    /// <summary>Warnings for the operator: known vulnerabilities of the VMM's release. Complete after the boot.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>
    /// The measures that isolate the VMM from the host, a few words each, for reports. Without a
    /// <see cref="MachineConfiguration.Confinement"/> there are few.
    /// </summary>
    IReadOnlyList<string> Confinement { get; }

    /// <summary>The VMM's process id; 0 before the boot. The kernel may reuse it once <see cref="Exited"/> has completed.</summary>
    int ProcessId { get; }

    /// <summary>
    /// Completes when the VMM's process has ended, and never fails. The exit of a machine that is disposed before its boot is
    /// <see cref="MachineExitKind.Killed"/>.
    /// </summary>
    Task<MachineExit> Exited { get; }

    /// <summary>
    /// Starts the VMM and the guest; returns when the virtual processors run. If a boot fails or is cancelled, the machine is
    /// ended and leaves nothing behind.
    /// </summary>
    /// <exception cref="MachineException">
    /// The VMM is missing, refused the machine or ended; the message contains the VMM's error text.
    /// </exception>
    Task BootAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens the full-duplex byte stream to the guest. Bytes that are written before the guest listens are delivered later. The
    /// caller disposes the stream. A VMM with a single channel opens it only once.
    /// </summary>
    /// <exception cref="MachineException">The stream was opened before, or the machine has ended.</exception>
    Task<Stream> OpenChannelAsync(CancellationToken cancellationToken = default);

    /// <summary>Stops the virtual processors; returns when they have stopped.</summary>
    Task PauseAsync(CancellationToken cancellationToken = default);

    Task ResumeAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks the guest's kernel, not its processes, to write back its caches and power off. Use it when the guest no longer
    /// answers on its channel. Returns when the request is delivered. The guest may ignore it, so wait for
    /// <see cref="Exited"/> with a deadline, then call <see cref="Kill"/>.
    /// </summary>
    Task ShutdownAsync(CancellationToken cancellationToken = default);

    /// <summary>Kills the VMM's process immediately, in every state. Does nothing if the process has ended.</summary>
    void Kill();
}
