namespace Hearth.Rootfs.Cache;

/// <summary>An entry that is being made, in a directory beside its place.</summary>
internal sealed class CacheDraft : IDisposable
{
    /// <summary>Begins the names of directories that are no entries.</summary>
    public const char Mark = '.';

    private readonly string target;
    private readonly string directory;
    private readonly CacheLease lease;
    private bool isOwned = true;

    /// <param name="target">Where the entry will stand.</param>
    public CacheDraft(string target)
    {
        this.target = target;
        directory = Path.Combine(Path.GetDirectoryName(target)!, $"{Mark}{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
        Directory.CreateDirectory(directory);
        lease = CacheLease.TryTakeAlone(directory) ?? throw new IOException($"the directory '{directory}' was taken by somebody else");
    }

    /// <summary>Where the plan or the image is to be written.</summary>
    public string DataPath => CacheLease.DataPathIn(directory);

    /// <summary>Puts the entry in its place. Its data must be on the disk.</summary>
    /// <exception cref="IOException">The disk is full, or an entry is there already.</exception>
    public void Commit(CacheDescription description)
    {
        CacheLease.WriteDescription(directory, description);
        Directory.SetLastWriteTimeUtc(directory, description.Created.UtcDateTime);
        Directory.Move(directory, target);
        isOwned = false;
    }

    public void Dispose()
    {
        if (isOwned)
        {
            Directory.Delete(directory, recursive: true);
        }

        lease.Dispose();
    }
}
