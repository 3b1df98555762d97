using System.Text.Json;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Rootfs.Cache;

/// <summary>Lists a cache and removes entries: the least recently used first, and everything that killed processes left.</summary>
/// <param name="entries">The directory of entries.</param>
/// <param name="names">The directory of names.</param>
/// <param name="clock">The source of the time.</param>
internal sealed class CacheEviction(string entries, string names, TimeProvider clock)
{
    /// <summary>A name that was not used for this time belongs to a directory that is gone.</summary>
    private static readonly TimeSpan longestUnaskedName = TimeSpan.FromDays(30);

    /// <summary>All entries, the most recently used first.</summary>
    public IReadOnlyList<CacheEntry> List() => [.. Found().OrderByDescending(entry => entry.LastUsed)];

    /// <returns>The removed entries.</returns>
    public IReadOnlyList<CacheEntry> Run(long keepBytes, DateTimeOffset? unusedSince)
    {
        if (!Directory.Exists(entries))
        {
            return [];
        }

        using (DirectoryLock.Take(entries))
        {
            RemoveAbandoned(entries);
        }

        IReadOnlyList<CacheEntry> found = List();
        long bytes = found.Sum(entry => entry.Bytes);
        List<CacheEntry> removed = [];
        foreach (CacheEntry entry in found.Reverse())
        {
            if ((bytes > keepBytes || entry.LastUsed < unusedSince) && TryRemove(Path.Combine(entries, entry.Key)))
            {
                removed.Add(entry);
                bytes -= entry.Bytes;
            }
        }

        RemoveOldNames();
        return removed;
    }

    private IEnumerable<CacheEntry> Found()
    {
        if (!Directory.Exists(entries))
        {
            yield break;
        }

        foreach (string path in Directory.EnumerateDirectories(entries).Where(path => CacheKey.TryParse(Path.GetFileName(path), out _)))
        {
            if (Read(path) is { } entry)
            {
                yield return entry;
            }
        }
    }

    /// <returns>Null if the entry is removed during the call.</returns>
    private static CacheEntry? Read(string path)
    {
        bool inUse = IsHeld(path);
        using CacheLease? lease = CacheLease.TryTake(path);
        if (lease is null)
        {
            return null;
        }

        string key = Path.GetFileName(path);
        DateTimeOffset lastUsed = Directory.GetLastWriteTimeUtc(path);
        try
        {
            CacheDescription description = lease.Describe();
            using SafeFileHandle data = File.OpenHandle(lease.DataPath);
            return new CacheEntry(key, description.Kind, description.Source, FileAllocation.BytesOf(data), description.Created, lastUsed, inUse);
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            return new CacheEntry(key, "damaged", "", 0, lastUsed, DateTimeOffset.UnixEpoch, inUse);
        }
    }

    private static bool IsHeld(string path)
    {
        using CacheLease? alone = CacheLease.TryTakeAlone(path);
        return alone is null;
    }

    /// <summary>Removes an entry that nobody holds: it is renamed so that others no longer find it, then deleted.</summary>
    public static bool TryRemove(string path)
    {
        using CacheLease? alone = CacheLease.TryTakeAlone(path);
        if (alone is null)
        {
            return false;
        }

        string hidden = Path.Combine(Path.GetDirectoryName(path)!, $"{CacheDraft.Mark}{Path.GetFileName(path)}.{Path.GetRandomFileName()}");
        Directory.Move(path, hidden);
        Directory.Delete(hidden, recursive: true);
        return true;
    }

    /// <summary>
    /// Removes entries half created or half removed by a process that was killed: nobody holds them. The caller has entered the
    /// entries' own gate.
    /// </summary>
    public static void RemoveAbandoned(string entries)
    {
        foreach (string path in Directory.EnumerateDirectories(entries, $"{CacheDraft.Mark}*"))
        {
            using CacheLease? alone = CacheLease.TryTakeAlone(path);
            if (alone is not null)
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }

    private void RemoveOldNames()
    {
        if (Directory.Exists(names))
        {
            foreach (string path in Directory.EnumerateFiles(names).Where(path => clock.GetUtcNow() - File.GetLastWriteTimeUtc(path) > longestUnaskedName))
            {
                File.Delete(path);
            }
        }
    }
}
