namespace Hearth.Rootfs.Cache;

/// <summary>An entry that is being created, in a directory beside its final one.</summary>
internal sealed class CacheDraft : IDisposable
{
    /// <summary>The prefix of directories that are not entries.</summary>
    public const char Mark = '.';

    private readonly string target;
    private readonly string directory;
    private readonly CacheLease lease;
    private bool isOwned = true;

    /// <param name="target">The final directory of the entry.</param>
    public CacheDraft(string target)
    {
        this.target = target;
        directory = Path.Combine(Path.GetDirectoryName(target)!, $"{Mark}{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
        Directory.CreateDirectory(directory);
        lease = CacheLease.TryTakeAlone(directory) ?? throw new IOException($"the directory '{directory}' is held by another process");
    }

    /// <summary>The file to write the plan or the image to.</summary>
    public string DataPath => CacheLease.DataPathIn(directory);

    /// <summary>Moves the entry to its final directory. Its data must be on the disk.</summary>
    /// <exception cref="IOException">The disk is full, or the entry exists already.</exception>
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
