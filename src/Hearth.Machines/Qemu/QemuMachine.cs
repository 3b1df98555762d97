using Hearth.Linux.Processes;
using Hearth.Linux.Processors;
using Hearth.Machines.Console;
using Hearth.Machines.Processes;

namespace Hearth.Machines.Qemu;

/// <summary>One QEMU process, controlled through QMP. Its sockets are inherited pairs, so it leaves no file behind.</summary>
internal sealed class QemuMachine(MachineConfiguration configuration, string program, HostEnvironment environment, Accelerator accelerator)
    : VmmMachine<QemuProcess>(configuration)
{
    /// <summary>QEMU's heap, stacks and program: 100 MiB were measured. 72 of them are the program's, which may be shared pages.</summary>
    private const int QemuInMiB = 128;

    /// <summary>The emulator's tables about translated code: 80 MiB were measured for a full buffer.</summary>
    private const int TranslationTablesInMiB = 128;

    /// <summary>The shortest time over which the clocks are compared.</summary>
    private const long ShortestMeasureInNanoseconds = 5_000_000;

    private readonly TimeStamp configuredAt = TimeStampCounter.IsAvailable ? TimeStampCounter.Take() : default;

    public override string Vmm => "qemu";

    public override string Accelerator => accelerator == Machines.Accelerator.Kvm ? "kvm" : "tcg";

    public override IReadOnlyList<string> Confinement => Configuration.Confinement is { } user
        ? [ProcessGuard.Description, $"user {user.UserId}:{user.GroupId}", "an empty root directory", "QEMU's seccomp sandbox"]
        : [ProcessGuard.Description];

    private protected override int OwnOverheadInMiB => accelerator == Machines.Accelerator.Kvm
        ? QemuInMiB
        : QemuInMiB + QemuCommandLine.TranslationBufferInMiB + TranslationTablesInMiB;

    private protected override string VmmTitle => "QEMU";

    private protected override Task<QemuProcess> StartAsync(ConsoleLog console) =>
        QemuProcess.StartAsync(
            program,
            new QemuCommandLine(Configuration, accelerator, MeasureTimeStampKHz()),
            Configuration.Confinement is null ? null : Configuration.RunDirectory,
            environment,
            console);

    private protected override Task StartGuestAsync(QemuProcess process, CancellationToken cancellationToken) =>
        process.Control.NegotiateAsync(cancellationToken);

    private protected override Stream? TakeChannel(QemuProcess process) => process.TakeChannel();

    private protected override Task PauseAsync(QemuProcess process, CancellationToken cancellationToken) =>
        process.Control.ExecuteAsync("stop", cancellationToken);

    private protected override Task ResumeAsync(QemuProcess process, CancellationToken cancellationToken) =>
        process.Control.ExecuteAsync("cont", cancellationToken);

    /// <summary>Uses the kernel's SysRq keys on its serial console: write back, then power off.</summary>
    private protected override Task ShutdownAsync(QemuProcess process, CancellationToken cancellationToken) =>
        new SysRqKeys(process).PowerOffAsync(cancellationToken);

    private protected override string? EndByGuest(QemuProcess process, ProcessEnd end) =>
        process.Control.ShutdownReason is string reason && reason.StartsWith("guest", StringComparison.Ordinal)
            ? reason == "guest-reset" ? "the guest requested a restart" : "the guest powered off"
            : null;

    private protected override string EndByItself(QemuProcess process, ProcessEnd end)
    {
        string how = end.Signal != 0 ? $"QEMU was killed by signal {end.Signal}" : $"QEMU ended with status {end.ExitCode}";
        string words = process.ErrorLines;
        return words.Length == 0 ? how : $"{how}: {words.TrimEnd('.')}";
    }

    private long MeasureTimeStampKHz()
    {
        if (!TimeStampCounter.IsAvailable)
        {
            return 0;
        }

        TimeStamp now = TimeStampCounter.Take();
        while (now.Nanoseconds - configuredAt.Nanoseconds < ShortestMeasureInNanoseconds)
        {
            Thread.SpinWait(100);
            now = TimeStampCounter.Take();
        }

        return now.FrequencyInKHz(configuredAt);
    }
}
