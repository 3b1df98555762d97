using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Volumes;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Hearth.Machines;
using Hearth.Records.Events;
using Hearth.Records.Volumes;
using Hearth.Shares;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Keeper.Parts.Volumes;

/// <summary>
/// The container's shared host directories, which this process serves, and its named volumes, which are drives of the machine.
/// </summary>
internal sealed class VolumesPart(RunSetup setup) : IRunPart
{
    private const string ShareSource = "hearth";
    private const string DescriptorLimit = "RLIMIT_NOFILE";

    /// <summary>
    /// All shares together may use a quarter of this program's descriptor limit as open files, with two descriptors each, and an
    /// eighth as held nodes.
    /// </summary>
    private const int OpenFilesPart = 4;
    private const int HeldNodesPart = 8;

    private readonly List<(VolumeMount Mount, Share Share)> shares = [];
    private readonly List<(VolumeMount Mount, VolumeLease Lease)> leases = [];
    private readonly List<Diagnostic> diagnostics = [];
    private int firstDrive;

    public IEnumerable<string> KernelModules =>
        [.. shares.Count > 0 ? [KernelNeeds.Share] : Array.Empty<string>(), .. leases.Count > 0 ? [KernelNeeds.Volume] : Array.Empty<string>()];

    /// <summary>True if the guest may have to copy files of the image into a volume, for which there is no time limit.</summary>
    public bool MayTakeLong => leases.Exists(lease => lease.Mount is { ReadOnly: false, NoCopy: false });

    public bool NeedsShutdown => shares.Exists(share => !share.Mount.ReadOnly) || leases.Exists(lease => !lease.Mount.ReadOnly);

    public IEnumerable<Diagnostic> Diagnostics => diagnostics;

    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        var store = new VolumeStore(setup.Context.Directories, setup.Context.Clock);
        int binds = setup.Description.Volumes.Count(mount => mount.Kind == VolumeKind.Bind);
        foreach (VolumeMount mount in setup.Description.Volumes)
        {
            if (mount.Kind == VolumeKind.Bind)
            {
                Share share = Share.Open(OptionsOf(mount, binds));
                setup.Undo.Push($"release '{mount.Source}'", share.Dispose);
                shares.Add((mount, share));
            }
            else
            {
                leases.Add((mount, await TakeAsync(mount, store, cancellationToken).ConfigureAwait(false)));
            }
        }
    }

    public MachineConfiguration Add(MachineConfiguration machine)
    {
        firstDrive = machine.Drives.Count;
        return machine with { Drives = [.. machine.Drives, .. leases.Select((lease, index) => new MachineDrive($"volume{index}", lease.Lease.Files.Disk, lease.Mount.ReadOnly))] };
    }

    /// <summary>Starts to serve the shares, and adds the mounts to the guest's configuration, outer destinations first.</summary>
    public ConfigureGuest Add(ConfigureGuest guest, GuestSession session)
    {
        IEnumerable<GuestMount> own =
        [
            .. setup.Description.Rootfs.Binds.Where(bind => !bind.IsWritable || bind.Options.Count > 0).Select(Protect),
            .. shares.Select(share => Serve(share.Mount, share.Share, session)),
            .. leases.Select((lease, index) => VolumeOf(lease.Mount, firstDrive + index)),
        ];
        return guest with { Mounts = [.. guest.Mounts.Concat(own).OrderBy(mount => mount.Destination.Split('/', StringSplitOptions.RemoveEmptyEntries).Length)] };
    }

    private async Task<VolumeLease> TakeAsync(VolumeMount mount, VolumeStore store, CancellationToken cancellationToken)
    {
        KeyValuePair<string, string> container = KeyValuePair.Create(EventAttribute.Container, setup.Directory.Id.ToString());
        VolumeLease lease = await store.TakeAsync(mount, cancellationToken).ConfigureAwait(false);
        setup.Undo.Push($"release the volume '{mount.Source}'", () =>
        {
            Release(lease);
            store.Report(mount.Source, EventAction.Unmount, container);
        });
        store.Report(mount.Source, EventAction.Mount, [container, KeyValuePair.Create(EventAttribute.Destination, mount.Destination)]);
        return lease;
    }

    /// <summary>A bind that is part of the root's disk. It is mounted over itself to apply its restrictions.</summary>
    private static GuestMount Protect(RootfsBind bind) =>
        new(bind.Destination, "none", bind.Destination, ["bind", .. bind.IsWritable ? Array.Empty<string>() : ["ro"], .. bind.Options]);

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

    private GuestMount Serve(VolumeMount mount, Share share, GuestSession session)
    {
        GuestDataStream stream = session.OpenStream();
        ShareServer server = share.Serve(stream);
        setup.Undo.Push($"end the share of '{mount.Source}'", () => EndAsync(mount, server));
        return new GuestMount(mount.Destination, KernelNeeds.Share, ShareSource, [.. mount.Options, "nodev", .. mount.ReadOnly ? ["ro"] : Array.Empty<string>()])
        {
            Share = new GuestShare(stream.Id, share.IsFile, ShareOptions.MaxMessageInBytes),
        };
    }

    private static GuestMount VolumeOf(VolumeMount mount, int drive)
    {
        string[] options = [.. mount.ReadOnly ? ["ro"] : Array.Empty<string>(), .. mount.NoCopy ? ["nocopy"] : Array.Empty<string>()];
        return new GuestMount(mount.Destination, KernelNeeds.Volume, $"/dev/{GuestDrive.NameOf(drive)}", options) { IsVolume = true };
    }

    private async ValueTask EndAsync(VolumeMount mount, ShareServer server)
    {
        if (server.Completion.IsFaulted)
        {
            diagnostics.Add(Diagnostic.Warning(
                DiagnosticCode.ShareEnded, $"the share of '{mount.Source}' ended before the container did: {server.Completion.Exception!.InnerException!.Message}"));
        }

        await server.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Releases a volume. Its disk belonged to the jailed machine's user, so root gets it back.</summary>
    private static void Release(VolumeLease lease)
    {
        using (lease)
        using (SafeFileHandle disk = File.OpenHandle(lease.Files.Disk, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            DescriptorIO.ChangeOwner(disk, uid: 0);
        }
    }
}
