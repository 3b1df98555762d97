using Hearth.Linux.Processes;
using Hearth.Machines.Console;
using Hearth.Machines.Firecracker.Api;
using Hearth.Machines.Processes;

namespace Hearth.Machines.Firecracker;

/// <summary>One Firecracker process, steered through its API.</summary>
internal sealed class FirecrackerMachine(MachineConfiguration configuration, string program, string? jailer, FirecrackerOptions options)
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

        return FirecrackerProcess.StartAsync(program, jailer, Configuration, options, console);
    }

    /// <summary>All that makes the machine goes in one piece; then it starts.</summary>
    private protected override Task StartGuestAsync(FirecrackerProcess process, CancellationToken cancellationToken) => Translate(async () =>
    {
        jail = process.JailDescription;
        await process.Client.ConfigureAsync([.. Requests(process)], text => version = Accept(text), cancellationToken).ConfigureAwait(false);
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
        string how = FirecrackerStatus.Describe(end, process.Console.Tail);
        if (version is null && end is { Signal: 0, ExitCode: 0 })
        {
            how += $" before its API answered: is {(jailer is null ? $"{program} Firecracker" : $"{jailer} its jailer, and {program} Firecracker")}? 'hearth doctor' looks";
        }

        string words = process.Complaints;
        return words.Length == 0 ? how : $"{how}: {words.TrimEnd('.')}";
    }

    /// <exception cref="MachineException">The release is too old, or takes fewer drives than this machine has.</exception>
    private FirecrackerVersion Accept(string text)
    {
        FirecrackerVersion accepted = FirecrackerVersion.Accept(text);
        FirecrackerChecks.CheckDrives(Configuration, accepted.DeviceSlots, $"a machine of Firecracker {text}");
        return accepted;
    }

    private IEnumerable<ApiRequest> Requests(FirecrackerProcess process)
    {
        if (process.LogPath is string log)
        {
            yield return ApiRequest.Put("/logger", new Logger { LogPath = log, Level = LogLevel.Warning, ShowLevel = true }, ApiJson.Default.Logger);
        }

        if (process.MetricsPath is string metrics)
        {
            yield return ApiRequest.Put("/metrics", new Metrics { MetricsPath = metrics }, ApiJson.Default.Metrics);
        }

        MachineConfiguration machine = process.Inside ?? Configuration;
        yield return ApiRequests.Put(new MachineConfig { VcpuCount = machine.VirtualCpus, MemSizeMib = machine.MemoryInMiB });
        yield return ApiRequests.Put(new BootSource
        {
            KernelImagePath = machine.KernelPath,
            InitrdPath = machine.InitramfsPath,
            BootArgs = new KernelArguments(Configuration, serialConsole).Compose(),
        });
        foreach (MachineDrive drive in machine.Drives)
        {
            yield return ApiRequests.Put(new Drive
            {
                DriveId = drive.Id,
                PathOnHost = drive.Path,
                IsReadOnly = drive.ReadOnly,

                // The initramfs mounts the root, not the kernel.
                IsRootDevice = false,
                CacheType = drive.ReadOnly ? null : DriveCache.Writeback,
            });
        }

        yield return ApiRequests.Put(new Vsock { GuestCid = GuestContextId, UdsPath = process.VsockPath });
    }

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
