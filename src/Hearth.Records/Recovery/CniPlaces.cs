using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Network;
using Hearth.Network.Cni;

namespace Hearth.Records.Recovery;

/// <summary>
/// Running containers' places in networks of CNI, a file for each in the state directory. A restart of the host ends the containers
/// and empties the run directory, but plugins store leases of addresses on disk. So the next command removes the containers from
/// their networks by these files.
/// </summary>
public static class CniPlaces
{
    private const string Extension = ".json";
    private const int ShortIdDigits = 12;

    /// <summary>So many times the time that a release took, plugins are left alone if one hung. Each further time doubles it.</summary>
    private const int FirstPause = 5;

    /// <summary>A release that took this part of the time that one plugin may take counts as hung.</summary>
    private const int HungPart = 4;

    private static readonly TimeSpan longestPause = TimeSpan.FromHours(1);

    /// <summary>Records a place before it is taken, and again with its result.</summary>
    /// <exception cref="HearthException">The file cannot be written.</exception>
    public static void Keep(HearthDirectories directories, CniRecord record)
    {
        string path = PathOf(directories, record.ContainerId);
        try
        {
            Directory.CreateDirectory(directories.Cni);

            // Another command may be releasing the container's place of an earlier boot. It must not release this one.
            using DirectoryLock? alone = IsOfEarlierBoot(path) ? DirectoryLock.Take(directories.Cni) : null;
            Write(path, new CniPlace(HostBoot.Current, record));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(
                HearthError.StorageFailed, $"cannot record the container's place in a CNI network in '{directories.Cni}': {exception.Message}; --state-dir names another place", exception);
        }
    }

    /// <summary>Deletes the record of a place that was released.</summary>
    public static void Forget(HearthDirectories directories, string container)
    {
        string path = PathOf(directories, container);
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    /// <summary>Whether a plugin hung at the last release of a place, so that another try would only cost time again.</summary>
    internal static bool IsDeferred(HearthDirectories directories, string container, TimeProvider clock) => IsDeferred(PathOf(directories, container), clock);

    /// <summary>Removes a container from its network, and forgets its place. If a plugin hangs, further commands do not try it for a while.</summary>
    /// <param name="directories">The directories.</param>
    /// <param name="record">The place.</param>
    /// <param name="clock">The host's time.</param>
    /// <param name="timeout">How long each plugin may take; null for the default.</param>
    /// <exception cref="NetworkException">A plugin failed.</exception>
    public static void Release(HearthDirectories directories, CniRecord record, TimeProvider clock, TimeSpan? timeout = null)
    {
        string path = PathOf(directories, record.ContainerId);
        long start = clock.GetTimestamp();
        try
        {
            new CniNetwork(record, timeout).Remove();
        }
        catch (NetworkException failure) when (clock.GetElapsedTime(start) is var taken && taken >= (timeout ?? CniNetwork.UsualTimeout) / HungPart && Read(path) is { } place)
        {
            TimeSpan pause = PauseAfter(taken, place.Hangs);
            Write(path, place with { Hangs = place.Hangs + 1, NotBefore = clock.GetUtcNow() + pause });
            throw new NetworkException(failure.Error, $"{failure.Message}; the next try is in {Math.Ceiling(pause.TotalMinutes):0} min", failure);
        }

        Forget(directories, record.ContainerId);
    }

    /// <summary>
    /// Releases the places of containers that ended with an earlier boot of the host. One process does so at a time; others do not wait for it.
    /// </summary>
    internal static void Settle(HearthDirectories directories, List<Diagnostic> diagnostics, TimeProvider clock, TimeSpan? timeout = null)
    {
        if (!Directory.Exists(directories.Cni) || !Directory.EnumerateFiles(directories.Cni, "*" + Extension).Any(IsOfEarlierBoot))
        {
            return;
        }

        try
        {
            using DirectoryLock? alone = DirectoryLock.TryTake(directories.Cni);
            string[] paths = alone is null ? [] : [.. Directory.EnumerateFiles(directories.Cni, "*" + Extension).Where(IsOfEarlierBoot)];
            foreach (string path in paths.Where(path => !IsDeferred(path, clock)))
            {
                Settle(directories, path, diagnostics, clock, timeout);
                if (IsDeferred(path, clock))
                {
                    // The plugins of further places would probably hang too. Later commands try those.
                    break;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LinuxException)
        {
            diagnostics.Add(Diagnostic.Warning(
                DiagnosticCode.LeftoversNotRemoved, $"cannot remove the containers of the host's earlier boot from their CNI networks, which are in '{directories.Cni}': {exception.Message}"));
        }
    }

    private static void Settle(HearthDirectories directories, string path, List<Diagnostic> diagnostics, TimeProvider clock, TimeSpan? timeout)
    {
        string id = Path.GetFileNameWithoutExtension(path);
        string shortId = id[..Math.Min(ShortIdDigits, id.Length)];
        try
        {
            Release(directories, Read(path)!.Record, clock, timeout);
            diagnostics.Add(Diagnostic.Warning(DiagnosticCode.LeftoversRemoved, $"removed container {shortId} from its CNI network: the host went down while it ran"));
        }
        catch (NetworkException failure)
        {
            diagnostics.Add(Diagnostic.Warning(
                DiagnosticCode.LeftoversNotRemoved,
                $"cannot remove container {shortId}, with which the host went down, from its CNI network: {failure.Message}; delete '{path}' if the network is not used any more"));
        }
    }

    /// <summary>A file that cannot be read is of no use in any boot, and stays for people to see.</summary>
    private static bool IsOfEarlierBoot(string path) => Read(path) is { } place && place.Boot != HostBoot.Current;

    /// <summary>A time beyond the longest pause is from before the host's clock was set back.</summary>
    private static bool IsDeferred(string path, TimeProvider clock) =>
        Read(path) is { NotBefore: { } time } && time - clock.GetUtcNow() is var left && left > TimeSpan.Zero && left <= longestPause;

    private static TimeSpan PauseAfter(TimeSpan taken, int hangs)
    {
        double pauseMs = taken.TotalMilliseconds * FirstPause * Math.Pow(2, hangs);
        return TimeSpan.FromMilliseconds(Math.Min(pauseMs, longestPause.TotalMilliseconds));
    }

    private static void Write(string path, CniPlace place) => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(place, CniPlacesJson.Default.CniPlace));

    /// <returns>Null if another process has deleted the file, or it is damaged.</returns>
    private static CniPlace? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), CniPlacesJson.Default.CniPlace);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    private static string PathOf(HearthDirectories directories, string container) => Path.Combine(directories.Cni, container + Extension);
}
