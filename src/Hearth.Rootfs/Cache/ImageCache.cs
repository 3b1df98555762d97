using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.Rootfs.Cache;

/// <summary>
/// Prepared images: plans of lazily served disks, and packed ones. Each is a directory named by its key, made beside its place
/// and renamed into it when it is whole, so that none is ever found half made. Many processes use one cache at once.
/// </summary>
/// <remarks>
/// <c>entries/KEY</c> hold the images, <c>names/KEY</c> the digest of the tree that a directory was when it was last looked
/// at, <c>gates/</c> the locks that let one process at a time make an entry, or look at a directory. Nobody but the owner may look inside: a plan
/// tells a tree's names, and an image all of it.
/// </remarks>
public sealed class ImageCache
{
    public const string SizeVariable = "HEARTH_CACHE_SIZE";

    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>256 gates of each kind.</summary>
    private const int GateDigits = 2;

    private readonly string entries;
    private readonly string names;
    private readonly string gates;
    private readonly TimeProvider clock;

    /// <param name="directory">Need not be there yet.</param>
    /// <param name="limit">What all entries together may take on the disk; those in use stay even so.</param>
    /// <param name="clock">Tells what is used when; null for the system's.</param>
    public ImageCache(string directory, ByteSize limit, TimeProvider? clock = null)
    {
        this.clock = clock ?? TimeProvider.System;
        Path = directory;
        Limit = limit;
        entries = System.IO.Path.Combine(directory, "entries");
        names = System.IO.Path.Combine(directory, "names");
        gates = System.IO.Path.Combine(directory, "gates");
    }

    public static ByteSize DefaultLimit { get; } = new(10L << 30);

    public string Path { get; }

    public ByteSize Limit { get; }

    /// <summary>Gets a warning for each thing that could not be kept or taken.</summary>
    public Action<Diagnostic> Diagnose { get; init; } = _ => { };

    /// <summary>All entries, the last used first.</summary>
    public IReadOnlyList<CacheEntry> List() => new CacheEviction(entries, names, clock).List();

    /// <summary>Removes what has not been used for long, and then the least recently used until the rest fits. Entries in use stay.</summary>
    /// <param name="keep">What may stay, in bytes.</param>
    /// <param name="unusedSince">What was not used since then goes in any case; null for nothing.</param>
    /// <returns>What was removed.</returns>
    /// <exception cref="IOException">Something cannot be removed.</exception>
    public IReadOnlyList<CacheEntry> Prune(ByteSize keep, DateTimeOffset? unusedSince) => new CacheEviction(entries, names, clock).Run(keep.Bytes, unusedSince);

    /// <summary>The entry of a key, held and marked as used; null where there is none.</summary>
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

    /// <summary>Waits until nobody else makes the entry of this key. Ask again afterwards whether it is there.</summary>
    internal Task<DirectoryLock> EnterAsync(CacheKey key, CancellationToken cancellationToken) => EnterAsync("entries", key, cancellationToken);

    /// <summary>Waits until nobody else looks at the directory of this name. An entry's gate may be entered after it, never before.</summary>
    internal Task<DirectoryLock> EnterNameAsync(CacheKey name, CancellationToken cancellationToken) => EnterAsync("names", name, cancellationToken);

    internal DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Begins an entry, whose gate the caller has entered.</summary>
    internal CacheDraft Begin(CacheKey key)
    {
        MakeDirectory(entries);

        // Nobody sweeps between the making of the draft and its locking.
        using DirectoryLock alone = DirectoryLock.Take(entries);
        CacheEviction.RemoveAbandoned(entries);
        return new CacheDraft(System.IO.Path.Combine(entries, key.Hex));
    }

    /// <summary>Keeps something whose gate the caller has entered; what cannot be kept is told, and otherwise no matter.</summary>
    /// <param name="key">Not in the cache yet.</param>
    /// <param name="source">The directory that it was made of.</param>
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
                $"the {kind} of '{source}' cannot be kept in the cache '{Path}': {exception.Message}; 'hearth cache prune' makes room, --no-cache does without"));
        }
    }

    /// <summary>Reports that the cache could not be used.</summary>
    internal void DiagnoseFailure(Exception exception) => Diagnose(Diagnostic.Warning(
        DiagnosticCode.CacheUnusable, $"the cache '{Path}' cannot be used: {exception.Message}; --no-cache does without, --state-dir names another place"));

    /// <summary>Whether an exception tells that the cache cannot be used, of which nobody's container should fail.</summary>
    internal static bool IsFailure(Exception exception) => exception is IOException or UnauthorizedAccessException or LinuxException or JsonException;

    /// <summary>Removes an entry that is of no use, unless somebody uses it.</summary>
    internal void Remove(CacheKey key) => CacheEviction.TryRemove(System.IO.Path.Combine(entries, key.Hex));

    /// <summary>Makes room for what came in.</summary>
    internal void Evict() => new CacheEviction(entries, names, clock).Run(Limit.Bytes, unusedSince: null);

    /// <summary>What was last remembered under a name; null for nothing.</summary>
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
    /// There is a fixed number of gates, so that none is ever to be removed; two keys that share one only wait for each other. It
    /// takes two kinds, since an entry's is entered with a name's: of one kind, they could be the same.
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
