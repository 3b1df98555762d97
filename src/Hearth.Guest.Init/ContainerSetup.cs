using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Init.Network;
using Hearth.Guest.Init.Shares;
using Hearth.Guest.Init.Volumes;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Files;
using Hearth.Linux.Kernel;
using Hearth.Linux.Mounts;
using Hearth.Linux.Sockets;

namespace Hearth.Guest.Init;

/// <summary>
/// Sets up the container's root and mounts in init's own mount namespace; each first process gets a copy of the namespace.
/// </summary>
internal static class ContainerSetup
{
    /// <summary>
    /// 1. The clock, the entropy pool, the host name, the network interfaces. 2. The root. 3. The standard mounts. 4. The requested
    /// mounts. 5. The host files, over what those mounts may have in their places, and the working directory.
    /// </summary>
    /// <param name="configuration">The host's request.</param>
    /// <param name="devices">Reports drives and network interfaces.</param>
    /// <param name="shares">Mounts the host's directories and files.</param>
    /// <param name="layer">The changes that the writable layer begins with; null for none.</param>
    /// <param name="phases">Records the phases.</param>
    /// <param name="warnings">Receives what differs from the request.</param>
    /// <exception cref="GuestInitException">A step failed; it may also be a <see cref="Hearth.Linux.LinuxException"/>.</exception>
    internal static void Build(ConfigureGuest configuration, DeviceWatch devices, ShareMounts shares, Stream? layer, PhaseLog phases, List<string> warnings)
    {
        phases.Skip();
        SetUpMachine(configuration, devices);
        phases.End("identity");

        List<string> given = [];
        foreach (GuestMount mount in configuration.Mounts)
        {
            given.Add(mount.Destination);
        }

        string[] places = [.. StandardMounts.Places, .. given, .. HostFiles.Places(configuration, given), configuration.WorkingDirectory];
        FileTime? modified = RootMounts.Mount(configuration.Root, configuration.LocalTime.Length > 0 || layer is not null ? null : places, devices, warnings);
        if (layer is not null)
        {
            modified = RootMounts.Restore(layer, warnings);
        }

        phases.End("root");

        using ContainerTree tree = new(RootedPaths.Hold(RootMounts.Container));
        HostFiles.SetLocalTime(tree, configuration.LocalTime);
        StandardMounts.Mount(tree, given);
        foreach (GuestMount mount in configuration.Mounts)
        {
            Mount(tree, mount, devices, shares);
        }

        if (configuration.HasReaper)
        {
            Reaper.Show(tree);
        }

        HostFiles.Cover(tree, configuration, given);
        tree.TryMakeDirectory(configuration.WorkingDirectory);
        RootMounts.Finish(configuration.Root, modified);
        phases.End("mounts");
    }

    private static void Mount(ContainerTree tree, GuestMount mount, DeviceWatch devices, ShareMounts shares)
    {
        if (mount.Share is { } share)
        {
            shares.Mount(tree, mount, share);
            return;
        }

        if (mount.Source.StartsWith("/dev/", StringComparison.Ordinal))
        {
            RootMounts.RequireDrive(devices, mount.Source);
        }

        if (mount.IsVolume)
        {
            VolumeMounts.Mount(tree, mount);
            return;
        }

        tree.Mount(mount.Source, mount.Destination, mount.FileSystem, MountOptions.Parse(mount.Options));
    }

    private static void SetUpMachine(ConfigureGuest configuration, DeviceWatch devices)
    {
        if (configuration.UnixTimeNanoseconds > 0)
        {
            SystemState.SetClock(configuration.UnixTimeNanoseconds);
        }

        if (configuration.Entropy.Length > 0)
        {
            SystemState.AddEntropy(configuration.Entropy);
        }

        SystemState.SetHostName(configuration.Hostname);
        if (configuration.Domainname.Length > 0)
        {
            KernelParameters.Set(new KernelParameter("kernel.domainname", configuration.Domainname));
        }

        GuestSockets.BringUp("lo");
        if (configuration.Network is { } network)
        {
            InterfaceSetup.SetUp(network.Interfaces, devices);
        }

        // After the interfaces, which have parameters of their own.
        foreach (KernelParameter parameter in configuration.KernelParameters)
        {
            KernelParameters.Set(parameter);
        }
    }
}
