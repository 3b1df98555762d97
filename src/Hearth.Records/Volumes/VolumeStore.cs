using System.Globalization;
using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Volumes;
using Hearth.Linux.Files;
using Hearth.Records.Events;
using Hearth.Records.Recovery;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Volumes;

/// <summary>
/// The named volumes of a state directory. Each is a directory with a disk and a description, which is created and removed in
/// one step.
/// </summary>
public sealed class VolumeStore(HearthDirectories directories, TimeProvider clock)
{
    /// <summary>The size of a volume created without one. The file is sparse and occupies only what is written to it.</summary>
    public static readonly ByteSize DefaultSize = ByteSize.FromMebibytes(8192);

    /// <summary>docker's name of the size as an option.</summary>
    private const string SizeOption = "size";

    /// <summary>The mode of the directory. The disks may belong to machines' users for a time; no other user may reach them.</summary>
    private const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly EventJournal journal = new(directories, clock);

    /// <summary>All volumes, by name.</summary>
    /// <exception cref="HearthException">One cannot be read.</exception>
    public IReadOnlyList<VolumeEntry> List() => Guarded("list the volumes", () => (IReadOnlyList<VolumeEntry>)
    [
        .. AllFiles().Select(Describe).OfType<VolumeEntry>().OrderBy(entry => entry.Name, StringComparer.Ordinal),
    ]);

    /// <exception cref="HearthException">No volume has this name.</exception>
    public VolumeEntry Find(string name)
    {
        VolumeName.Require(name);
        return Guarded($"inspect the volume '{name}'", () => Describe(VolumeFiles.Of(directories, name))) ?? throw Missing(name);
    }

    /// <summary>Creates a volume, unless one of the name exists.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">The most that it can hold; null for <see cref="DefaultSize"/>.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="isAnonymous">Whether its name was generated.</param>
    /// <param name="options">As the user gave them, for listings; null for the size alone.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>False if one existed; it is not changed.</returns>
    /// <exception cref="HearthException">
    /// The name is invalid, the size is too small, space is missing, or there is no formatter.
    /// </exception>
    public async Task<bool> CreateAsync(
        string name, ByteSize? size = null, IReadOnlyDictionary<string, string>? labels = null, bool isAnonymous = false, IReadOnlyDictionary<string, string>? options = null,
        CancellationToken cancellationToken = default)
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
            var description = new VolumeDescription
            {
                Name = name, CreatedAt = clock.GetUtcNow(), IsAnonymous = isAnonymous, Labels = labels ?? new Dictionary<string, string>(), Options = options ?? OptionsOf(size),
            };
            AtomicFile.Write(hidden.Description, description.ToJson());
            if (!TryMove(hidden.Directory, files.Directory))
            {
                return false;
            }

            Report(name, EventAction.Create);
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

    /// <summary>Removes a volume and all its content.</summary>
    /// <exception cref="HearthException">No volume has this name, or a container has it, whether it runs or not.</exception>
    public void Remove(string name)
    {
        VolumeName.Require(name);
        if (Owners().TryGetValue(name, out string? owner))
        {
            throw new HearthException(HearthError.WrongState, $"cannot remove the volume '{name}': the container '{owner}' has it; remove that first ('hearth rm {owner}')");
        }

        if (!Guarded($"remove the volume '{name}'", () => TryRemove(VolumeFiles.Of(directories, name)) ?? throw Missing(name)))
        {
            throw new HearthException(HearthError.WrongState, $"cannot remove the volume '{name}': a container is using it; stop that first");
        }
    }

    /// <summary>Removes the volumes that no container has: the anonymous ones, or all.</summary>
    /// <param name="includesNamed">Whether to remove those with a given name, too.</param>
    /// <param name="selected">Which of them; null for all.</param>
    /// <returns>The removed volumes.</returns>
    public IReadOnlyList<VolumeEntry> Prune(bool includesNamed, Func<VolumeEntry, bool>? selected = null)
    {
        Reclaim();
        Dictionary<string, string> owners = Owners();
        return Guarded("prune the volumes", () => (IReadOnlyList<VolumeEntry>)
            [.. List().Where(entry => (includesNamed || entry.IsAnonymous) && selected?.Invoke(entry) != false && !owners.ContainsKey(entry.Name) && TryRemove(VolumeFiles.Of(directories, entry.Name)) == true)]);
    }

    /// <summary>Removes the anonymous volumes of a container that was removed, except those that another container has.</summary>
    /// <exception cref="HearthException">A volume cannot be removed, or the containers that have volumes are not known.</exception>
    internal void RemoveAnonymous(IEnumerable<VolumeMount> mounts)
    {
        VolumeMount[] anonymous = [.. mounts.Where(mount => mount is { Kind: VolumeKind.Volume, IsAnonymous: true })];
        Dictionary<string, string> owners = anonymous.Length == 0 ? [] : Owners();
        foreach (VolumeMount mount in anonymous.Where(mount => !owners.ContainsKey(mount.Source)))
        {
            Guarded($"remove the volume '{mount.Source}'", () => TryRemove(VolumeFiles.Of(directories, mount.Source)));
        }
    }

    /// <summary>Takes a volume for a machine; creates it if it does not exist.</summary>
    public async Task<VolumeLease> TakeAsync(VolumeMount mount, CancellationToken cancellationToken)
    {
        while (true)
        {
            await CreateAsync(mount.Source, mount.Size, mount.Labels, mount.IsAnonymous, options: null, cancellationToken).ConfigureAwait(false);
            try
            {
                return await Task.Run(() => VolumeLease.Take(VolumeFiles.Of(directories, mount.Source), mount.ReadOnly, clock), cancellationToken).ConfigureAwait(false);
            }
            catch (DirectoryNotFoundException)
            {
                // Another process removed it in between.
            }
        }
    }

    /// <summary>Writes an event of a volume.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="action">One of <see cref="EventAction"/>.</param>
    /// <param name="attributes">By the names of <see cref="EventAttribute"/>.</param>
    public void Report(string name, string action, params IEnumerable<KeyValuePair<string, string>> attributes) =>
        journal.Append(ContainerEvent.Of(EventType.Volume, action, name, clock.GetUtcNow(), attributes));

    /// <summary>Maps each volume to a container that has it.</summary>
    /// <exception cref="HearthException">A container's record cannot be read, and it may have any volume.</exception>
    private Dictionary<string, string> Owners() =>
    (
        from container in new ContainerStore(directories, clock).List(damaged => throw damaged)
        from mount in container.Description.Volumes
        where mount.Kind == VolumeKind.Volume
        group container.Name by mount.Source)
        .ToDictionary(volume => volume.Key, volume => volume.First(), StringComparer.Ordinal);

    private static Dictionary<string, string> OptionsOf(ByteSize? size) => size is { } given ? new() { [SizeOption] = given.Bytes.ToString(CultureInfo.InvariantCulture) } : [];

    private IEnumerable<VolumeFiles> AllFiles() => Directory.Exists(directories.Volumes)
        ? Directory.EnumerateDirectories(directories.Volumes).Where(path => VolumeName.IsValid(Path.GetFileName(path))).Select(path => new VolumeFiles(path))
        : [];

    /// <returns>Null if it is removed or being removed.</returns>
    private static VolumeEntry? Describe(VolumeFiles files)
    {
        try
        {
            VolumeDescription description = VolumeDescription.Parse(File.ReadAllBytes(files.Description)) ?? throw new JsonException("it is empty");
            using SafeFileHandle disk = File.OpenHandle(files.Disk, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new VolumeEntry(
                files.Name, files.Disk, RandomAccess.GetLength(disk), FileAllocation.BytesOf(disk), description.CreatedAt, description.Labels, description.IsAnonymous, VolumeLease.IsTaken(files))
            {
                Options = description.Options,
            };
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot read the volume '{files.Name}': its description '{files.Description}' is damaged: {exception.Message}", exception);
        }
    }

    /// <returns>False if it is in use; null if it does not exist.</returns>
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
            Report(files.Name, EventAction.Destroy);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Removes what killed processes left half created or half removed.</summary>
    private void Reclaim() => Guarded("clean up the volumes", () =>
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

    /// <summary>
    /// The hidden name used while a volume is created or removed, like a container directory's. Dashes separate its parts, so
    /// those of the volume's name are replaced.
    /// </summary>
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
        new(HearthError.VolumeUnknown, $"there is no volume '{name}': 'hearth volume ls' shows those that there are");

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
