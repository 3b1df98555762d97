using Hearth.Containers;
using Hearth.Containers.Volumes;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Running;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Hearth.Machines;
using Hearth.Records.Events;
using Hearth.Records.Volumes;
using Hearth.Shares;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Keeper.Volumes;

/// <summary>
/// What one run has of the host's directories and volumes, from before its machine starts until after it has ended: shares that
/// it serves, and leases of volumes that are drives of the machine.
/// </summary>
internal sealed class ContainerVolumes
{
    private const string ShareSource = "hearth";
    private const string DescriptorLimit = "RLIMIT_NOFILE";

    /// <summary>The parts of this program's descriptors that all shares together may take for open files, two each, and for nodes.</summary>
    private const int OpenFilesPart = 4;
    private const int HeldNodesPart = 8;

    /// <summary>Writing back what a guest holds can take this long on a busy disk.</summary>
    private static readonly TimeSpan ClosingTimeout = TimeSpan.FromSeconds(60);

    private readonly List<(VolumeMount Mount, Share Share)> shares = [];
    private readonly List<(VolumeMount Mount, VolumeLease Lease)> leases = [];
    private readonly List<string> warnings = [];
    private readonly IReadOnlyList<RootfsBind> protectedBinds;
    private readonly TimeProvider clock;

    private ContainerVolumes(IReadOnlyList<RootfsBind> protectedBinds, TimeProvider clock)
    {
        this.protectedBinds = protectedBinds;
        this.clock = clock;
    }

    /// <summary>The guest's kernel needs these.</summary>
    public IEnumerable<string> Modules
    {
        get
        {
            if (shares.Count > 0)
            {
                yield return KernelNeeds.Share;
            }

            if (leases.Count > 0)
            {
                yield return KernelNeeds.Volume;
            }
        }
    }

    /// <summary>Drives of the machine, to be its last ones.</summary>
    public IReadOnlyList<MachineDrive> Drives =>
        [.. leases.Select((lease, index) => new MachineDrive($"volume{index}", lease.Lease.Files.Disk, lease.Mount.ReadOnly))];

    /// <summary>True where the guest may have to copy what the image has into a volume, which takes as long as it takes.</summary>
    public bool MayCopy => leases.Exists(lease => lease.Mount is { ReadOnly: false, NoCopy: false });

    /// <summary>What people should know after the run.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Takes everything, in the request's order.</summary>
    /// <param name="description">Checked.</param>
    /// <param name="container">Who takes it.</param>
    /// <param name="undo">Takes the duty to give it all back.</param>
    /// <param name="context">Where volumes are, and the clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RuntimeException">One of them cannot be had.</exception>
    public static async Task<ContainerVolumes> TakeAsync(ContainerDescription description, ContainerId container, UndoStack undo, RunContext context, CancellationToken cancellationToken)
    {
        var volumes = new ContainerVolumes([.. description.Rootfs.Binds.Where(bind => !bind.IsWritable || bind.Options.Count > 0)], context.Clock);
        var store = new VolumeStore(context.Directories, context.Clock);
        int binds = description.Volumes.Count(mount => mount.Kind == VolumeKind.Bind);
        foreach (VolumeMount mount in description.Volumes)
        {
            if (mount.Kind == VolumeKind.Bind)
            {
                Share share = Share.Open(OptionsOf(mount, binds));
                undo.Push($"give back '{mount.Source}'", share.Dispose);
                volumes.shares.Add((mount, share));
            }
            else
            {
                VolumeLease lease = await store.TakeAsync(mount, cancellationToken).ConfigureAwait(false);
                undo.Push($"give back the volume '{mount.Source}'", () =>
                {
                    GiveBack(lease);
                    store.Tell(mount.Source, EventAction.Unmount, KeyValuePair.Create(EventAttribute.Container, container.ToString()));
                });
                store.Tell(mount.Source, EventAction.Mount,
                [
                    KeyValuePair.Create(EventAttribute.Container, container.ToString()),
                    KeyValuePair.Create(EventAttribute.Destination, mount.Destination),
                ]);
                volumes.leases.Add((mount, lease));
            }
        }

        return volumes;
    }

    /// <summary>Begins to serve the shares, and adds all that the guest is to mount for them, the outer places first.</summary>
    /// <param name="configuration">With the mounts that need nothing of the host.</param>
    /// <param name="session">The guest's.</param>
    /// <param name="drivesBefore">How many drives the machine has before the volumes'.</param>
    /// <param name="undo">Takes the duty to end the serving.</param>
    public ConfigureGuest Arrange(ConfigureGuest configuration, GuestSession session, int drivesBefore, UndoStack undo)
    {
        IEnumerable<GuestMount> own =
        [
            .. protectedBinds.Select(bind => new GuestMount(bind.Destination, "none", bind.Destination, ["bind", .. bind.IsWritable ? Array.Empty<string>() : ["ro"], .. bind.Options])),
            .. shares.Select(share => Serve(share.Mount, share.Share, session, undo)),
            .. leases.Select((lease, index) => VolumeOf(lease.Mount, drivesBefore + index)),
        ];
        return configuration with { Mounts = [.. configuration.Mounts.Concat(own).OrderBy(mount => mount.Destination.Split('/', StringSplitOptions.RemoveEmptyEntries).Length)] };
    }

    /// <summary>
    /// Has the guest end, and write back before what it still holds of what is to stay. Without anything of the kind, nothing: its
    /// machine can be ended as it is.
    /// </summary>
    /// <param name="session">The guest's.</param>
    /// <param name="machine">Its own.</param>
    /// <param name="keepsLayer">True where the writable layer stays for the container's next start.</param>
    /// <param name="cancellationToken">Gives up the waiting.</param>
    public async Task CloseAsync(GuestSession session, IMachine machine, bool keepsLayer, CancellationToken cancellationToken)
    {
        if (!keepsLayer && shares.TrueForAll(share => share.Mount.ReadOnly) && leases.TrueForAll(lease => lease.Mount.ReadOnly))
        {
            return;
        }

        try
        {
            await session.SendAsync(new ShutDownGuest(), cancellationToken).ConfigureAwait(false);
            await machine.Exited.WaitAsync(ClosingTimeout, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or RuntimeException)
        {
            warnings.Add($"the guest did not end in order, so that what it had not written back to its disks may be lost: {failure.Message}");
        }
    }

    private static ShareOptions OptionsOf(VolumeMount mount, int binds)
    {
        int descriptors = (int)Math.Min(ResourceLimits.Get(DescriptorLimit).Soft, int.MaxValue);
        var defaults = new ShareOptions { Source = mount.Source };
        return defaults with
        {
            ReadOnly = mount.ReadOnly,
            CrossMounts = mount.Recursive,
            MaxOpenFiles = Math.Clamp(descriptors / OpenFilesPart / binds, 1, defaults.MaxOpenFiles),
            MaxHeldNodes = Math.Clamp(descriptors / HeldNodesPart / binds, 1, defaults.MaxHeldNodes),
        };
    }

    private GuestMount Serve(VolumeMount mount, Share share, GuestSession session, UndoStack undo)
    {
        GuestDataStream stream = session.OpenStream();
        ShareServer server = share.Serve(stream);
        undo.Push($"end the share of '{mount.Source}'", () => EndAsync(mount, server));
        return new GuestMount(mount.Destination, KernelNeeds.Share, ShareSource, [.. mount.Options, "nodev", .. mount.ReadOnly ? ["ro"] : Array.Empty<string>()])
        {
            Share = new GuestShare(stream.Id, share.IsFile, ShareOptions.MaxMessageInBytes),
        };
    }

    private static GuestMount VolumeOf(VolumeMount mount, int drive)
    {
        string[] options = [.. mount.ReadOnly ? ["ro"] : Array.Empty<string>(), .. mount.NoCopy ? ["nocopy"] : Array.Empty<string>()];
        return new GuestMount(mount.Destination, KernelNeeds.Volume, $"/dev/vd{(char)('a' + drive)}", options) { IsVolume = true };
    }

    private async ValueTask EndAsync(VolumeMount mount, ShareServer server)
    {
        if (server.Completion.IsFaulted)
        {
            warnings.Add($"the share of '{mount.Source}' ended before the container did: {server.Completion.Exception!.InnerException!.Message}");
        }

        await server.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A jailed machine's user had the disk as its own.</summary>
    private static void GiveBack(VolumeLease lease)
    {
        using (lease)
        using (SafeFileHandle disk = File.OpenHandle(lease.Files.Disk, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            DescriptorIO.ChangeOwner(disk, uid: 0);
        }
    }
}
