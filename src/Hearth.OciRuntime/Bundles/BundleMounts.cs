using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;

namespace Hearth.OciRuntime.Bundles;

/// <summary>
/// Sorts a bundle's mounts. Read-only binds become part of the root's disk. Writable binds are shared with the host. The guest
/// mounts each tmpfs. File systems that every guest has are left out. Nothing is mounted on the host, and the host never follows
/// a path of the image.
/// </summary>
/// <param name="bundle">The bundle's directory. Relative sources start from it.</param>
/// <param name="file">The configuration, for messages.</param>
/// <param name="allowSnapshotBinds">As in <see cref="Bundle.Read"/>.</param>
internal sealed class BundleMounts(string bundle, string file, bool allowSnapshotBinds)
{
    private static readonly string[] guestsOwnTypes = ["proc", "sysfs", "devpts", "devtmpfs", "mqueue", "cgroup", "cgroup2"];

    /// <summary>The guest mounts its own file systems here, which hide the disk's content.</summary>
    private static readonly string[] guestsOwnPlaces = ["/proc", "/sys", "/dev"];

    /// <summary>Engines bind an empty file system of the host here. The guest has its own, of the same size.</summary>
    private const string SharedMemory = "/dev/shm";

    /// <summary>Options of a bind that restrict the use of its files.</summary>
    private static readonly string[] restrictions = ["nosuid", "nodev", "noexec", "nosymfollow", "rnosuid", "rnodev", "rnoexec", "rnosymfollow"];

    private static readonly string[] bindTypes = ["bind", "none", ""];

    private readonly List<MountSpec> guests = [];
    private readonly List<RootfsBind> binds = [];
    private readonly List<VolumeMount> volumes = [];
    private readonly List<Diagnostic> diagnostics = [];

    public IReadOnlyList<MountSpec> Guests => guests;

    public IReadOnlyList<RootfsBind> Binds => binds;

    public IReadOnlyList<VolumeMount> Volumes => volumes;

    public IReadOnlyList<Diagnostic> Diagnostics => diagnostics;

    /// <exception cref="HearthException">The mount cannot be honoured.</exception>
    public void Take(MountSpec mount)
    {
        string destination = Resolve(mount.Destination);
        string type = mount.Type ?? "";
        bool isBind = mount.Options.Contains("bind") || mount.Options.Contains("rbind");
        if (type is "bind" or "" || (type == "none" && isBind))
        {
            TakeBind(mount, destination);
        }
        else if (type == "tmpfs")
        {
            // The guest has its own /dev and /dev/shm. The specification may set the size of /dev/shm.
            if (destination != "/dev")
            {
                guests.Add(mount with { Destination = destination });
            }
        }
        else if (!guestsOwnTypes.Contains(type))
        {
            throw Refuse(mount, $"its type is '{type}', but a guest supports only binds ({string.Join(", ", bindTypes.Select(name => $"'{name}'"))}) and tmpfs");
        }
    }

    private void TakeBind(MountSpec mount, string destination)
    {
        if (string.IsNullOrEmpty(mount.Source))
        {
            throw Refuse(mount, "it has no source");
        }

        if (destination == SharedMemory)
        {
            guests.Add(SharedMemoryOf(mount.Source));
            return;
        }

        if (guestsOwnPlaces.FirstOrDefault(place => destination == place || destination.StartsWith(place + "/", StringComparison.Ordinal)) is string place)
        {
            throw Refuse(mount, $"{place} is the guest's own, so nothing of the host can be mounted there");
        }

        string source = Path.GetFullPath(mount.Source, bundle);
        if (!Path.Exists(source))
        {
            throw Refuse(mount, $"there is no '{source}' to bind; create it, or omit the mount");
        }

        bool isRecursive = mount.Options.Contains("rbind");
        bool isWritable = !mount.Options.Any(option => option is "ro" or "rro");
        string[] restricted = [.. mount.Options.Where(restrictions.Contains)];
        if (isWritable && !allowSnapshotBinds)
        {
            volumes.Add(new VolumeMount { Kind = VolumeKind.Bind, Source = source, Destination = Path.GetFullPath(destination), Recursive = isRecursive, Options = Shared(restricted) });
            return;
        }

        if (isWritable)
        {
            diagnostics.Add(Diagnostic.Warning(
                DiagnosticCode.ShareIsSnapshot, $"the bind of '{mount.Source}' on '{mount.Destination}' is a snapshot: the guest's writes go to its own layer, and never to the host"));
        }

        binds.Add(new RootfsBind(destination, source, isRecursive) { IsWritable = isWritable, Options = Shared(restricted) });
    }

    /// <summary>Returns the same object for all empty lists, so that records without options are equal.</summary>
    private static string[] Shared(string[] options) => options.Length == 0 ? Array.Empty<string>() : options;

    private static MountSpec SharedMemoryOf(string source)
    {
        string[] size = Directory.Exists(source) ? [$"size={new DriveInfo(source).TotalSize}"] : [];
        return new MountSpec { Destination = SharedMemory, Type = "tmpfs", Source = "shm", Options = ["nosuid", "nodev", "noexec", "mode=1777", .. size] };
    }

    /// <summary>The destination as an absolute path. The planner resolves links in it later, inside the image.</summary>
    private string Resolve(string destination)
    {
        int depth = 0;
        foreach (string name in destination.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            depth += name == ".." ? -1 : name == "." ? 0 : 1;
            if (depth < 0)
            {
                throw new HearthException(HearthError.InvalidRequest, $"cannot use '{file}': the mount destination '{destination}' leads out of the root");
            }
        }

        return "/" + destination.TrimStart('/');
    }

    private HearthException Refuse(MountSpec mount, string cause) =>
        new(HearthError.InvalidRequest, $"cannot use '{file}': the mount of '{mount.Source}' on '{mount.Destination}' cannot be honoured: {cause}");
}
