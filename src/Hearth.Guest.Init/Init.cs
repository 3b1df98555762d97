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

/// <summary>PID 1: brings the guest up, serves the host, and whatever happens ends by powering off.</summary>
internal static class Init
{
    /// <summary>022: what init makes may be written by root alone. Where more is meant, the mode is set.</summary>
    private const int UsualCreationMask = 0x12;

    /// <summary>Never returns: the kernel panics when PID 1 does.</summary>
    internal static void Run()
    {
        try
        {
            RunAsync().GetAwaiter().GetResult();
            EndMachine(reason: null);
        }
        catch (Exception failure)
        {
            // Whatever it is, it has to be told before the machine goes: nobody is left to ask.
            EndMachine($"{failure.GetType().Name}: {failure.Message}");
        }
    }

    /// <summary>
    /// Writes back and resets the machine, which ends the VMM: QEMU is told not to reboot, Firecracker never does. A power-off
    /// would need ACPI, and without it would hang.
    /// </summary>
    /// <param name="reason">What went wrong; null for an orderly end.</param>
    internal static void EndMachine(string? reason)
    {
        if (reason is not null)
        {
            GuestConsole.Write($"the guest cannot go on: {reason}");
        }

        FileSystems.Synchronize();
        SystemState.Restart();
    }

    /// <summary>1. The kernel's file systems and the console. 2. Drivers. 3. The channel. 4. The host's orders.</summary>
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
    /// Ctrl-Alt-Del is the one thing that Firecracker can tell a guest that does not answer on its channel: write back and end.
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
