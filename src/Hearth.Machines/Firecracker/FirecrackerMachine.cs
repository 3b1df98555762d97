using Hearth.Firecracker;
using Hearth.Firecracker.Api;
using Hearth.Linux.Processes;
using Hearth.Machines.Console;
using Hearth.Machines.Processes;

namespace Hearth.Machines.Firecracker;

/// <summary>One Firecracker process, steered through its API.</summary>
internal sealed class FirecrackerMachine(MachineConfiguration configuration, string program, string? jailer, HostEnvironment environment, FirecrackerOptions options)
    : VmmMachine<FirecrackerProcess>(configuration)
{
    /// <summary>The first that a guest may have. Each Firecracker has its own socket for it, so all may have the same.</summary>
    private const uint GuestContextId = 3;

    /// <summary>Firecracker promises 5 MiB; the rest is its program, and room.</summary>
    private const int FirecrackerInMiB = 32;

    private readonly bool serialConsole = options.SerialConsole || configuration.ConsoleLogPath is not null;
    private IReadOnlyList<string> warnings = [];
    private IReadOnlyList<string> jail = [];
    private FirecrackerVersion? version;
    private volatile bool hasStarted;

    public override string Vmm => "firecracker";

    public override string Accelerator => "kvm";

    public override IReadOnlyList<string> Warnings => warnings;

    public override IReadOnlyList<string> Confinement => [ProcessGuard.Description, "Firecracker's seccomp filters", .. jail];

    private protected override int OwnOverheadInMiB => FirecrackerInMiB;

    private protected override string VmmTitle => "Firecracker";

    private protected override Task<FirecrackerProcess> StartAsync(ConsoleLog console)
    {
        try
        {
            FirecrackerChecks.CheckKernel(Configuration.KernelPath);
            foreach (MachineDrive drive in Configuration.Drives)
            {
                DriveFile.Inspect(drive);
            }
        }
        catch
        {
            console.Dispose();
            throw;
        }

        return FirecrackerProcess.StartAsync(program, jailer, Configuration, options, environment, console);
    }

    /// <summary>All that makes the machine goes in one piece; then it starts.</summary>
    private protected override Task StartGuestAsync(FirecrackerProcess process, CancellationToken cancellationToken) => Translate(async () =>
    {
        jail = process.JailDescription;
        await process.Client.ConfigureAsync(Compose(process), text => version = Accept(text), cancellationToken).ConfigureAwait(false);
        warnings = version!.KnownHoles(jailed: jailer is not null);
        hasStarted = true;
        await process.Client.StartInstanceAsync(cancellationToken).ConfigureAwait(false);
    });

    private protected override Stream? TakeChannel(FirecrackerProcess process) => process.TakeChannel(Configuration.Channel.VsockPort);

    /// <summary>Through the API; a release that does not come back from resuming is stopped as a process, guest and all.</summary>
    private protected override Task PauseAsync(FirecrackerProcess process, CancellationToken cancellationToken) => version!.CanResume
        ? Translate(() => process.Client.PauseAsync(cancellationToken))
        : process.SuspendAsync();

    private protected override Task ResumeAsync(FirecrackerProcess process, CancellationToken cancellationToken)
    {
        if (version!.CanResume)
        {
            return Translate(() => process.Client.ResumeAsync(cancellationToken));
        }

        process.Continue();
        return Task.CompletedTask;
    }

    /// <summary>
    /// By Ctrl-Alt-Del, the one thing that Firecracker can say to a guest's kernel. What that does is the guest's to choose
    /// (/proc/sys/kernel/ctrl-alt-del): Hearth's init has the kernel tell it, writes back and restarts, which ends the machine;
    /// a kernel left at its default restarts at once and writes nothing back.
    /// </summary>
    private protected override async Task ShutdownAsync(FirecrackerProcess process, CancellationToken cancellationToken)
    {
        try
        {
            await Translate(() => process.Client.SendCtrlAltDelAsync(cancellationToken)).ConfigureAwait(false);
        }
        catch (MachineException followed) when (followed.Error == MachineError.MachineEnded)
        {
            // The machine went before its answer was read.
        }
    }

    private protected override string? EndByGuest(FirecrackerProcess process, ProcessEnd end) => (end.Signal, end.ExitCode, serialConsole) switch
    {
        _ when !hasStarted => null,
        (0, 0, true) => "The guest powered off or asked for a restart.",
        (0, 0, false) => "The guest powered off, asked for a restart or panicked: without a serial console, Firecracker does not tell which.",
        _ => null,
    };

    private protected override string EndByItself(FirecrackerProcess process, ProcessEnd end)
    {
        string how = FirecrackerStatus.Describe(end.Signal, end.ExitCode, process.Console.Tail);
        if (version is null && end is { Signal: 0, ExitCode: 0 })
        {
            how += $" before its API answered: is {(jailer is null ? $"{program} Firecracker" : $"{jailer} its jailer, and {program} Firecracker")}? 'hearth doctor' looks";
        }

        string words = process.ErrorLines;
        return words.Length == 0 ? how : $"{how}: {words.TrimEnd('.')}";
    }

    /// <exception cref="MachineException">It is not a release's number, the release is too old, or takes fewer drives than this machine has.</exception>
    private FirecrackerVersion Accept(string text)
    {
        if (!FirecrackerVersion.TryParse(text, out FirecrackerVersion? accepted))
        {
            throw new MachineException(MachineError.VmmFailed, $"Firecracker calls its version '{text}', which is none.");
        }

        if (!accepted.IsSupported)
        {
            throw new MachineException(
                MachineError.VmmFailed, $"Firecracker {text} is too old: install {FirecrackerRelease.Version}; {FirecrackerVersion.Oldest} is the oldest that is taken.");
        }

        FirecrackerChecks.CheckDrives(Configuration, accepted.DeviceSlots, $"a machine of Firecracker {text}");
        return accepted;
    }

    private FullVmConfiguration Compose(FirecrackerProcess process)
    {
        MachineConfiguration machine = process.Inside ?? Configuration;
        return new FullVmConfiguration
        {
            Logger = process.LogPath is string log ? new Logger { LogPath = log, Level = LogLevel.Warning, ShowLevel = true } : null,
            Metrics = process.MetricsPath is string metrics ? new Metrics { MetricsPath = metrics } : null,
            MachineConfig = new MachineConfig { VcpuCount = machine.VirtualCpus, MemSizeMib = machine.MemoryInMiB },
            BootSource = new BootSource
            {
                KernelImagePath = machine.KernelPath,
                InitrdPath = machine.InitramfsPath,
                BootArgs = new KernelArguments(Configuration, serialConsole).Compose(),
            },
            Drives = [.. machine.Drives.Select(Compose)],
            Vsock = new Vsock { GuestCid = GuestContextId, UdsPath = process.VsockPath },
        };
    }

    private static Drive Compose(MachineDrive drive) => new()
    {
        DriveId = drive.Id,
        PathOnHost = drive.Path,
        IsReadOnly = drive.ReadOnly,

        // The initramfs mounts the root, not the kernel.
        IsRootDevice = false,
        CacheType = drive.ReadOnly ? null : DriveCache.Writeback,
    };

    /// <summary>A refusal in Firecracker's words; a connection that ended tells that Firecracker did.</summary>
    private static async Task Translate(Func<Task> act)
    {
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (FirecrackerException failure)
        {
            throw new MachineException(
                failure.Fault is FirecrackerFault.Disconnected or FirecrackerFault.Unreachable ? MachineError.MachineEnded : MachineError.VmmFailed,
                failure.Message,
                failure);
        }
    }
}
