using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Kernel;
using Hearth.Linux.Sockets;

namespace Hearth.Guest.Init.World;

/// <summary>Builds what the container's processes will see, in init's own mount namespace; each first process takes a copy.</summary>
internal static class ContainerWorld
{
    /// <summary>
    /// 1. The clock, the entropy pool, the host name, the loopback interface. 2. The root. 3. The standard mounts. 4. The host
    /// files. 5. The mounts that were asked for.
    /// </summary>
    /// <exception cref="GuestInitException">Or a <see cref="Hearth.Linux.LinuxException"/>: what could not be done.</exception>
    internal static void Build(ConfigureGuest configuration, DeviceWatch devices, PhaseLog phases)
    {
        phases.Skip();
        SetUpMachine(configuration);
        phases.End("identity");

        RootMounts.Mount(configuration.Root, devices);
        phases.End("root");

        using ContainerTree tree = new(RootMounts.Container);
        StandardMounts.Mount(tree, configuration.Root.ReadOnly);
        HostFiles.Cover(tree, configuration.Hostname);
        foreach (GuestMount mount in configuration.Mounts)
        {
            if (mount.Source.StartsWith("/dev/", StringComparison.Ordinal))
            {
                RootMounts.RequireDrive(devices, mount.Source);
            }

            tree.Mount(mount.Source, mount.Destination, mount.FileSystem, MountOptions.Parse(mount.Options));
        }

        phases.End("mounts");
    }

    private static void SetUpMachine(ConfigureGuest configuration)
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
        GuestSockets.BringUp("lo");
    }
}
