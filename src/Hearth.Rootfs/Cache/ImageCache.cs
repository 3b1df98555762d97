using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.Rootfs.Cache;

/// <summary>
/// Prepared images: plans of lazily served disks, and packed images. Each is a directory named by its key. It is created
/// beside its final place and renamed when it is complete, so that no process finds an incomplete one. Many processes may use
/// one cache at the same time.
/// </summary>
/// <remarks>
/// <c>entries/KEY</c> hold the images. <c>names/KEY</c> hold the digest of the tree that a directory had when it was last
/// walked. <c>gates/</c> holds the locks that let one process at a time create an entry or walk a directory. Only the owner
/// may read the cache: a plan contains a tree's names, and an image its whole content.
/// </remarks>
public sealed class ImageCache
{
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>256 gates of each kind.</summary>
    private const int GateDigits = 2;

    private readonly string entries;
    private readonly string names;
    private readonly string gates;
    private readonly TimeProvider clock;

    /// <param name="directory">It need not exist yet.</param>
    /// <param name="limit">The disk space that all entries together may occupy; entries in use stay even beyond it.</param>
    /// <param name="clock">The time of use of entries; null for the system's.</param>
    public ImageCache(string directory, ByteSize limit, TimeProvider? clock = null)
    {
        this.clock = clock ?? TimeProvider.System;
        Path = directory;
        Limit = limit;
        entries = System.IO.Path.Combine(directory, "entries");
        names = System.IO.Path.Combine(directory, "names");
        gates = System.IO.Path.Combine(directory, "gates");
    }

    public string Path { get; }

    public ByteSize Limit { get; }

    /// <summary>Receives a warning for each entry that could not be stored or read.</summary>
    public Action<Diagnostic> Diagnose { get; init; } = _ => { };

    /// <summary>All entries, the most recently used first.</summary>
    public IReadOnlyList<CacheEntry> List() => new CacheEviction(entries, names, clock).List();

    /// <summary>
    /// Removes entries that were not used for long, then the least recently used until the rest fits. Entries in use stay.
    /// </summary>
    /// <param name="keep">The bytes that may stay.</param>
    /// <param name="unusedSince">Entries not used since then are removed in any case; null for none.</param>
    /// <returns>The removed entries.</returns>
    /// <exception cref="IOException">Something cannot be removed.</exception>
    public IReadOnlyList<CacheEntry> Prune(ByteSize keep, DateTimeOffset? unusedSince) => new CacheEviction(entries, names, clock).Run(keep.Bytes, unusedSince);

    /// <summary>Finds the entry of a key, holds it and marks it as used; null if there is none.</summary>
    internal CacheLease? TryTake(CacheKey key)
    {
        string path = System.IO.Path.Combine(entries, key.Hex);
        CacheLease? lease = CacheLease.TryTake(path);
        if (lease is not null)
        {
            Directory.SetLastWriteTimeUtc(path, clock.GetUtcNow().UtcDateTime);
        }

        return lease;
    }

    /// <summary>Waits until no other process creates the entry of this key. Afterwards, look up the entry again.</summary>
    internal Task<DirectoryLock> EnterAsync(CacheKey key, CancellationToken cancellationToken) => EnterAsync("entries", key, cancellationToken);

    /// <summary>
    /// Waits until no other process walks the directory of this name. An entry's gate may be entered after it, never before.
    /// </summary>
    internal Task<DirectoryLock> EnterNameAsync(CacheKey name, CancellationToken cancellationToken) => EnterAsync("names", name, cancellationToken);

    internal DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Begins an entry. The caller has entered its gate.</summary>
    internal CacheDraft Begin(CacheKey key)
    {
        MakeDirectory(entries);

        // The gate keeps others from removing the draft as abandoned between its creation and its locking.
        using DirectoryLock alone = DirectoryLock.Take(entries);
        CacheEviction.RemoveAbandoned(entries);
        return new CacheDraft(System.IO.Path.Combine(entries, key.Hex));
    }

    /// <summary>Stores something whose gate the caller has entered. A failure is reported and has no other effect.</summary>
    /// <param name="key">Not in the cache yet.</param>
    /// <param name="source">The directory that it was made from.</param>
    /// <param name="kind">As in <see cref="CacheEntry"/>.</param>
    /// <param name="write">Writes it.</param>
    internal void TryKeep(CacheKey key, string source, string kind, Action<Stream> write)
    {
        try
        {
            using (CacheDraft draft = Begin(key))
            {
                using (var data = new FileStream(draft.DataPath, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0))
                {
                    write(data);
                    data.Flush(flushToDisk: true);
                }

                draft.Commit(new CacheDescription { Kind = kind, Source = source, Created = Now });
            }

            Evict();
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            Diagnose(Diagnostic.Warning(
                DiagnosticCode.CacheFull,
                $"cannot keep the {kind} of '{source}' in the cache '{Path}': {exception.Message}; 'hearth cache prune' frees space, --no-cache skips the cache"));
        }
    }

    /// <summary>Reports that the cache could not be used.</summary>
    internal void DiagnoseFailure(Exception exception) => Diagnose(Diagnostic.Warning(
        DiagnosticCode.CacheUnusable, $"cannot use the cache '{Path}': {exception.Message}; --no-cache skips the cache, --state-dir names another place"));

    /// <summary>Whether an exception means that the cache cannot be used. A container must not fail because of that.</summary>
    internal static bool IsFailure(Exception exception) => exception is IOException or UnauthorizedAccessException or LinuxException or JsonException;

    /// <summary>Removes an entry that is of no use, unless it is in use.</summary>
    internal void Remove(CacheKey key) => CacheEviction.TryRemove(System.IO.Path.Combine(entries, key.Hex));

    /// <summary>Removes entries until the limit is met.</summary>
    internal void Evict() => new CacheEviction(entries, names, clock).Run(Limit.Bytes, unusedSince: null);

    /// <summary>The value last stored under a name; null if there is none.</summary>
    internal CacheKey? Recall(CacheKey name)
    {
        try
        {
            string path = System.IO.Path.Combine(names, name.Hex);
            return CacheKey.TryParse(File.ReadAllText(path), out CacheKey key) ? key : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    internal void Remember(CacheKey name, CacheKey key)
    {
        MakeDirectory(names);
        AtomicFile.Write(System.IO.Path.Combine(names, name.Hex), System.Text.Encoding.ASCII.GetBytes(key.Hex));
    }

    /// <summary>
    /// The number of gates is fixed, so that none ever has to be removed; two keys that share a gate only wait for each other.
    /// Names and entries have gates of different kinds, since an entry's gate is entered while a name's is held. With one kind,
    /// both could be the same gate.
    /// </summary>
    private Task<DirectoryLock> EnterAsync(string kind, CacheKey key, CancellationToken cancellationToken)
    {
        string gate = System.IO.Path.Combine(gates, kind, key.Hex[..GateDigits]);
        MakeDirectory(gate);
        return DirectoryLock.TakeAsync(gate, cancellationToken);
    }

    private void MakeDirectory(string path)
    {
        Directory.CreateDirectory(Path, OwnersOnly);
        Directory.CreateDirectory(path);
    }
}
