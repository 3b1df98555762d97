using Hearth.Firecracker;
using Hearth.Firecracker.Api;
using Hearth.Linux.Processes;
using Hearth.Machines.Console;
using Hearth.Machines.Processes;

namespace Hearth.Machines.Firecracker;

/// <summary>One Firecracker process, controlled through its API.</summary>
internal sealed class FirecrackerMachine(MachineConfiguration configuration, string program, string? jailer, HostEnvironment environment, FirecrackerOptions options)
    : VmmMachine<FirecrackerProcess>(configuration)
{
    /// <summary>The lowest context id of a guest. Each Firecracker has its own vsock socket, so all machines can use the same id.</summary>
    private const uint GuestContextId = 3;

    /// <summary>Firecracker specifies an overhead of 5 MiB; the rest is for its program file, and a reserve.</summary>
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

    /// <summary>Sends the whole configuration in one write, then starts the microVM.</summary>
    private protected override Task StartGuestAsync(FirecrackerProcess process, CancellationToken cancellationToken) => Translate(async () =>
    {
        jail = process.JailDescription;
        await process.Client.ConfigureAsync(Compose(process), text => version = Accept(text), cancellationToken).ConfigureAwait(false);
        warnings = version!.KnownHoles(jailed: jailer is not null);
        hasStarted = true;
        await process.Client.StartInstanceAsync(cancellationToken).ConfigureAwait(false);
    });

    private protected override Stream? TakeChannel(FirecrackerProcess process) => process.TakeChannel(Configuration.Channel.VsockPort);

    /// <summary>
    /// Pauses through the API. For a release whose resume request never returns, SIGSTOP stops the whole process, including the
    /// guest.
    /// </summary>
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
    /// Sends Ctrl-Alt-Del, the only request that Firecracker can send to a guest's kernel. The guest chooses its effect
    /// (/proc/sys/kernel/ctrl-alt-del). Hearth's init makes the kernel notify it, writes back the caches and restarts, which ends
    /// the machine. A kernel with the default setting restarts immediately and does not write back.
    /// </summary>
    private protected override async Task ShutdownAsync(FirecrackerProcess process, CancellationToken cancellationToken)
    {
        try
        {
            await Translate(() => process.Client.SendCtrlAltDelAsync(cancellationToken)).ConfigureAwait(false);
        }
        catch (MachineException followed) when (followed.Error == MachineError.MachineEnded)
        {
            // The machine ended before its answer was read.
        }
    }

    private protected override string? EndByGuest(FirecrackerProcess process, ProcessEnd end) => (end.Signal, end.ExitCode, serialConsole) switch
    {
        _ when !hasStarted => null,
        (0, 0, true) => "the guest powered off or requested a restart",
        (0, 0, false) => "the guest powered off, restarted or panicked: without a serial console, Firecracker does not report which",
        _ => null,
    };

    private protected override string EndByItself(FirecrackerProcess process, ProcessEnd end)
    {
        string how = FirecrackerStatus.Describe(end.Signal, end.ExitCode, process.Console.Tail);
        if (version is null && end is { Signal: 0, ExitCode: 0 })
        {
            how += $" before its API answered: is {(jailer is null ? $"{program} Firecracker" : $"{jailer} its jailer, and {program} Firecracker")}? 'hearth doctor' checks it";
        }

        string words = process.ErrorLines;
        return words.Length == 0 ? how : $"{how}: {words.TrimEnd('.')}";
    }

    /// <exception cref="MachineException">
    /// The text is not a release number, the release is too old, or it takes fewer devices than this machine has.
    /// </exception>
    private FirecrackerVersion Accept(string text)
    {
        if (!FirecrackerVersion.TryParse(text, out FirecrackerVersion? accepted))
        {
            throw new MachineException(MachineError.VmmFailed, $"Firecracker reports the version '{text}', which is not a number");
        }

        if (!accepted.IsSupported)
        {
            throw new MachineException(
                MachineError.VmmFailed,
                $"Firecracker {text} is too old: install {FirecrackerRelease.Version}; the oldest supported is {FirecrackerVersion.Oldest}");
        }

        FirecrackerChecks.CheckDevices(Configuration, accepted.DeviceSlots, $"a machine of Firecracker {text}");
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
            NetworkInterfaces = [.. machine.NetworkInterfaces.Select(Compose)],
            Vsock = new Vsock { GuestCid = GuestContextId, UdsPath = process.VsockPath },
        };
    }

    private static Drive Compose(MachineDrive drive) => new()
    {
        DriveId = drive.Id,
        PathOnHost = drive.Path,
        IsReadOnly = drive.ReadOnly,

        // The initramfs mounts the root file system, not the kernel.
        IsRootDevice = false,
        CacheType = drive.ReadOnly ? null : DriveCache.Writeback,
    };

    private static NetworkInterface Compose(MachineNetworkInterface each) => new()
    {
        IfaceId = each.Id,
        HostDevName = each.TapName,
        GuestMac = each.HardwareAddressText,
    };

    /// <summary>Translates Firecracker's refusals, with its text. A connection that ended means that Firecracker has ended.</summary>
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
