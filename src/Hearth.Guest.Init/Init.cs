using System.Runtime.InteropServices;
using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Channels;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Init.Processes;
using Hearth.Guest.Protocol;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Hearth.Linux.Kernel;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;

namespace Hearth.Guest.Init;

/// <summary>PID 1: starts the guest, serves the host, and in every case ends by resetting the machine.</summary>
internal static class Init
{
    /// <summary>022: only root may write what init creates. Code that needs other permissions sets the mode.</summary>
    private const int UsualCreationMask = 0x12;

    /// <summary>Runs init. It never returns, since the kernel panics when PID 1 exits.</summary>
    internal static void Run()
    {
        try
        {
            RunAsync().GetAwaiter().GetResult();
            EndMachine(reason: null);
        }
        catch (Exception failure)
        {
            // Every failure is reported before the machine ends, since nobody can ask for it afterwards.
            EndMachine($"{failure.GetType().Name}: {failure.Message}");
        }
    }

    /// <summary>
    /// Writes back and resets the machine, which ends the VMM: QEMU runs with -no-reboot, and Firecracker never reboots. A
    /// power-off needs ACPI and hangs without it.
    /// </summary>
    /// <param name="reason">The failure; null for an orderly end.</param>
    internal static void EndMachine(string? reason)
    {
        if (reason is not null)
        {
            GuestConsole.Write($"the guest cannot continue: {reason}");
        }

        FileSystems.Synchronize();
        SystemState.Restart();
    }

    /// <summary>1. The kernel's file systems and the console. 2. Drivers. 3. The channel. 4. The host's messages.</summary>
    private static async Task RunAsync()
    {
        PhaseLog phases = new();
        phases.End("kernel");
        Tracing.Forbid();
        DeviceNodes.SetCreationMask(UsualCreationMask);
        EarlyMounts.Mount();
        GuestConsole.Take();
        using PosixSignalRegistration keys = ObeyKeys();

        ChildReaper reaper = new();
        using ContainerNamespaces namespaces = new(reaper);
        using DeviceWatch devices = new();
        phases.End("init");

        IReadOnlyList<string> moduleFailures = ModuleLoader.LoadAll(ModuleLoader.ModulesDirectory);
        phases.End("modules");

        DescriptorStream transport = OpenTransport(devices, moduleFailures);
        await using GuestChannel channel = GuestChannel.StartGuest(transport);
        phases.End("channel");
        await new Guest(channel, devices, reaper, namespaces, moduleFailures).RunAsync(phases).ConfigureAwait(false);
    }

    /// <summary>
    /// Handles Ctrl-Alt-Del: writes back and ends. It is the only signal that Firecracker can send to a guest that does not
    /// answer on its channel.
    /// </summary>
    private static PosixSignalRegistration ObeyKeys()
    {
        PosixSignalRegistration keys = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            EndMachine("Ctrl-Alt-Del was pressed");
        });
        SystemState.SendKeysToInit();
        return keys;
    }

    private static DescriptorStream OpenTransport(DeviceWatch devices, IReadOnlyList<string> moduleFailures)
    {
        try
        {
            return new DescriptorStream(ChannelOpener.Open(File.ReadAllText("/proc/cmdline"), devices), FileAccess.ReadWrite, ownsDescriptor: true);
        }
        catch (GuestInitException failure) when (moduleFailures.Count > 0)
        {
            throw new GuestInitException($"{failure.Message}; modules that failed to load: {string.Join("; ", moduleFailures)}", failure);
        }
    }
}
