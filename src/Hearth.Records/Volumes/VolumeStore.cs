using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Volumes;
using Hearth.Linux.Files;
using Hearth.Records.Events;
using Hearth.Records.Recovery;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Volumes;

/// <summary>The named volumes of a state directory, each a directory with a disk and a description; it appears and goes whole.</summary>
public sealed class VolumeStore(HearthDirectories directories, TimeProvider clock)
{
    /// <summary>Of a volume whose size nobody said. It is sparse: it takes what is written to it.</summary>
    public static readonly ByteSize DefaultSize = ByteSize.FromMebibytes(8192);

    /// <summary>The disks are files of machines' users at times; nobody else comes as far.</summary>
    private const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly EventJournal journal = new(directories, clock);

    /// <summary>All volumes, by name.</summary>
    /// <exception cref="HearthException">One cannot be read.</exception>
    public IReadOnlyList<VolumeEntry> List() => Guarded("list the volumes", () => (IReadOnlyList<VolumeEntry>)
    [
        .. AllFiles().Select(Describe).OfType<VolumeEntry>().OrderBy(entry => entry.Name, StringComparer.Ordinal),
    ]);

    /// <exception cref="HearthException">There is none of this name.</exception>
    public VolumeEntry Find(string name)
    {
        VolumeName.Require(name);
        return Guarded($"look at the volume '{name}'", () => Describe(VolumeFiles.Of(directories, name))) ?? throw Missing(name);
    }

    /// <summary>Makes a volume, unless there is one of the name.</summary>
    /// <returns>False where there was one; it stays as it is.</returns>
    /// <exception cref="HearthException">Not a name, too small, no room, no formatter.</exception>
    public async Task<bool> CreateAsync(
        string name, ByteSize? size = null, IReadOnlyDictionary<string, string>? labels = null, bool isAnonymous = false, CancellationToken cancellationToken = default)
    {
        VolumeName.Require(name);
        VolumeFiles files = VolumeFiles.Of(directories, name);
        if (Directory.Exists(files.Directory))
        {
            return false;
        }

        Reclaim();
        VolumeFiles hidden = new(HiddenPathOf(files));
        try
        {
            Directory.CreateDirectory(directories.Volumes, Closed);
            Directory.CreateDirectory(hidden.Directory, Closed);
            await VolumeDisk.CreateAsync(hidden.Disk, size ?? DefaultSize, cancellationToken).ConfigureAwait(false);
            var description = new VolumeDescription { Name = name, CreatedAt = clock.GetUtcNow(), IsAnonymous = isAnonymous, Labels = labels ?? new Dictionary<string, string>() };
            AtomicFile.Write(hidden.Description, description.ToJson());
            if (!TryMove(hidden.Directory, files.Directory))
            {
                return false;
            }

            Tell(name, EventAction.Create);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot make the volume '{name}' in '{directories.Volumes}': {exception.Message}; --state-dir names another place", exception);
        }
        finally
        {
            if (Directory.Exists(hidden.Directory))
            {
                Directory.Delete(hidden.Directory, recursive: true);
            }
        }
    }

    /// <summary>Removes a volume and all that is in it.</summary>
    /// <exception cref="HearthException">There is none, or a container has it, whether it runs or not.</exception>
    public void Remove(string name)
    {
        VolumeName.Require(name);
        if (Owners().TryGetValue(name, out string? owner))
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot remove the volume '{name}': the container '{owner}' has it; remove that first ('hearth rm {owner}')");
        }

        if (!Guarded($"remove the volume '{name}'", () => TryRemove(VolumeFiles.Of(directories, name)) ?? throw Missing(name)))
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot remove the volume '{name}': it is in use by a container; end that first");
        }
    }

    /// <summary>Removes the volumes that no container has: those that nobody named, or all.</summary>
    /// <returns>What was removed.</returns>
    public IReadOnlyList<VolumeEntry> Prune(bool includesNamed)
    {
        Reclaim();
        Dictionary<string, string> owners = Owners();
        return Guarded("prune the volumes", () => (IReadOnlyList<VolumeEntry>)
            [.. List().Where(entry => (includesNamed || entry.IsAnonymous) && !owners.ContainsKey(entry.Name) && TryRemove(VolumeFiles.Of(directories, entry.Name)) == true)]);
    }

    /// <summary>Removes the volumes that nobody named and that were a container's, which is gone.</summary>
    internal void RemoveAnonymous(IEnumerable<VolumeMount> mounts)
    {
        foreach (VolumeMount mount in mounts.Where(mount => mount is { Kind: VolumeKind.Volume, IsAnonymous: true }))
        {
            Guarded($"remove the volume '{mount.Source}'", () => TryRemove(VolumeFiles.Of(directories, mount.Source)));
        }
    }

    /// <summary>Takes a volume for a machine; makes it where there is none.</summary>
    public async Task<VolumeLease> TakeAsync(VolumeMount mount, CancellationToken cancellationToken)
    {
        while (true)
        {
            await CreateAsync(mount.Source, mount.Size, labels: null, mount.IsAnonymous, cancellationToken).ConfigureAwait(false);
            try
            {
                return await Task.Run(() => VolumeLease.Take(VolumeFiles.Of(directories, mount.Source), mount.ReadOnly, clock), cancellationToken).ConfigureAwait(false);
            }
            catch (DirectoryNotFoundException)
            {
                // Somebody removed it just now.
            }
        }
    }

    /// <summary>Writes down what happened to a volume.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="action">One of <see cref="EventAction"/>.</param>
    /// <param name="attributes">By the names of <see cref="EventAttribute"/>.</param>
    public void Tell(string name, string action, params IEnumerable<KeyValuePair<string, string>> attributes) =>
        journal.Append(ContainerEvent.Of(EventType.Volume, action, name, clock.GetUtcNow(), attributes));

    /// <summary>A container that has it for each volume that has one.</summary>
    private Dictionary<string, string> Owners() =>
    (
        from container in new ContainerStore(directories, clock).List()
        from mount in container.Description.Volumes
        where mount.Kind == VolumeKind.Volume
        group container.Name by mount.Source)
        .ToDictionary(volume => volume.Key, volume => volume.First(), StringComparer.Ordinal);

    private IEnumerable<VolumeFiles> AllFiles() => Directory.Exists(directories.Volumes)
        ? Directory.EnumerateDirectories(directories.Volumes).Where(path => VolumeName.IsValid(Path.GetFileName(path))).Select(path => new VolumeFiles(path))
        : [];

    /// <returns>Null for one that is gone, or is going.</returns>
    private static VolumeEntry? Describe(VolumeFiles files)
    {
        try
        {
            VolumeDescription description = VolumeDescription.Parse(File.ReadAllBytes(files.Description)) ?? throw new JsonException("it is empty");
            using SafeFileHandle disk = File.OpenHandle(files.Disk, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new VolumeEntry(
                files.Name, files.Disk, RandomAccess.GetLength(disk), FileAllocation.BytesOf(disk), description.CreatedAt, description.Labels, description.IsAnonymous, VolumeLease.IsTaken(files));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            throw new HearthException(HearthError.StorageFailed, $"the volume '{files.Name}' is damaged: '{files.Description}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <returns>False where it is in use; null where there is none.</returns>
    private bool? TryRemove(VolumeFiles files)
    {
        try
        {
            using VolumeLease? lease = VolumeLease.TryTake(files, isReadOnly: false);
            if (lease is null)
            {
                return false;
            }

            string hidden = HiddenPathOf(files);
            Directory.Move(files.Directory, hidden);
            Directory.Delete(hidden, recursive: true);
            Tell(files.Name, EventAction.Destroy);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Removes what a killed process was making or removing.</summary>
    private void Reclaim() => Guarded("tidy up the volumes", () =>
    {
        foreach (string path in Directory.Exists(directories.Volumes) ? Directory.EnumerateDirectories(directories.Volumes, ".*") : [])
        {
            if (RunDirectory.HiddenName.WorkerOf(Path.GetFileName(path)) is { IsAlive: false })
            {
                Directory.Delete(path, recursive: true);
            }
        }

        return true;
    });

    /// <summary>As a container's directory is hidden while it is made, with dashes left out of the name, since they part it.</summary>
    private static string HiddenPathOf(VolumeFiles files) => Path.Combine(
        Path.GetDirectoryName(files.Directory)!,
        RunDirectory.HiddenName.Of(ProcessIdentity.Current, $"{files.Name.Replace('-', '_')}.{Path.GetRandomFileName()}"));

    private static bool TryMove(string from, string to)
    {
        try
        {
            Directory.Move(from, to);
            return true;
        }
        catch (IOException) when (Directory.Exists(to))
        {
            return false;
        }
    }

    private static HearthException Missing(string name) =>
        new(HearthError.InvalidRequest, $"there is no volume '{name}': 'hearth volume ls' shows those that there are");

    private static T Guarded<T>(string act, Func<T> attempt)
    {
        try
        {
            return attempt();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot {act}: {exception.Message}", exception);
        }
    }
}
