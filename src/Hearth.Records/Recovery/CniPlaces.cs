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

    /// <summary>Records a place before it is taken, and again with its result.</summary>
    /// <exception cref="HearthException">The file cannot be written.</exception>
    public static void Keep(HearthDirectories directories, CniRecord record)
    {
        try
        {
            Directory.CreateDirectory(directories.Cni);
            AtomicFile.Write(PathOf(directories, record.ContainerId), JsonSerializer.SerializeToUtf8Bytes(new CniPlace(HostBoot.Current, record), CniPlacesJson.Default.CniPlace));
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

    /// <summary>Releases the places of containers that ended with an earlier boot of the host. One process does so at a time.</summary>
    internal static void Settle(HearthDirectories directories, List<Diagnostic> diagnostics)
    {
        if (!Directory.Exists(directories.Cni) || !Directory.EnumerateFiles(directories.Cni, "*" + Extension).Any(IsOfEarlierBoot))
        {
            return;
        }

        try
        {
            using DirectoryLock alone = DirectoryLock.Take(directories.Cni);
            foreach (string path in Directory.EnumerateFiles(directories.Cni, "*" + Extension).Where(IsOfEarlierBoot).ToArray())
            {
                Settle(path, diagnostics);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LinuxException)
        {
            diagnostics.Add(Diagnostic.Warning(
                DiagnosticCode.LeftoversNotRemoved, $"cannot remove the containers of the host's earlier boot from their CNI networks, which are in '{directories.Cni}': {exception.Message}"));
        }
    }

    private static void Settle(string path, List<Diagnostic> diagnostics)
    {
        string id = Path.GetFileNameWithoutExtension(path);
        string shortId = id[..Math.Min(ShortIdDigits, id.Length)];
        try
        {
            new CniNetwork(Read(path)!.Record).Remove();
            File.Delete(path);
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
