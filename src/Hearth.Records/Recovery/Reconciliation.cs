using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.ControlGroups;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Processes;
using Hearth.Network;
using Hearth.Network.Joined;

namespace Hearth.Records.Recovery;

/// <summary>
/// Releases the leftovers of containers whose owner was killed: the VMM if it still runs, the control group, scratch files, taps,
/// the directory, the machine's user; after a restart of the host, places in networks of CNI. The disk's mount is detached from the file system tree, and ends with its process. Containers
/// whose owner is alive are not touched. Several passes may run at the same time; one of them releases a container.
/// </summary>
public static class Reconciliation
{
    /// <summary>A killed process ends at once, unless it waits for a device.</summary>
    private static readonly TimeSpan machineTimeout = TimeSpan.FromSeconds(10);

    /// <returns>A warning for each container that was removed or could not be.</returns>
    public static IReadOnlyList<Diagnostic> Run(HearthDirectories directories) => Run(directories, TimeProvider.System, pluginTimeout: null);

    /// <param name="directories">The directories.</param>
    /// <param name="clock">The host's time.</param>
    /// <param name="pluginTimeout">How long each plugin of CNI may take; null for the default.</param>
    internal static IReadOnlyList<Diagnostic> Run(HearthDirectories directories, TimeProvider clock, TimeSpan? pluginTimeout)
    {
        var diagnostics = new List<Diagnostic>();
        ReclaimUsers(directories, diagnostics);
        CniPlaces.Settle(directories, diagnostics, clock, pluginTimeout);
        if (!Directory.Exists(directories.Containers))
        {
            return diagnostics;
        }

        foreach (string path in Directory.EnumerateDirectories(directories.Containers))
        {
            try
            {
                if (RemoveIfAbandoned(directories, path, clock, pluginTimeout))
                {
                    diagnostics.Add(Diagnostic.Warning(DiagnosticCode.LeftoversRemoved, $"removed leftovers of container {ShortName(path)}, whose process was killed"));
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or HearthException or LinuxException)
            {
                diagnostics.Add(Diagnostic.Warning(DiagnosticCode.LeftoversNotRemoved, $"cannot remove leftovers of container {ShortName(path)} in '{path}': {exception.Message}"));
            }
        }

        return diagnostics;
    }

    private static void ReclaimUsers(HearthDirectories directories, List<Diagnostic> diagnostics)
    {
        try
        {
            UserLease.Reclaim(directories);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LinuxException)
        {
            diagnostics.Add(Diagnostic.Warning(DiagnosticCode.LeftoversNotRemoved, $"cannot release the users of machines whose processes were killed, in '{directories.Users}': {exception.Message}"));
        }
    }

    private static bool RemoveIfAbandoned(HearthDirectories directories, string path, TimeProvider clock, TimeSpan? pluginTimeout)
    {
        string name = Path.GetFileName(path);
        if (RunDirectory.HiddenName.WorkerOf(name) is ProcessIdentity worker)
        {
            return !worker.IsAlive && Remove(directories, path, null, clock, pluginTimeout);
        }

        if (ReadState(path) is not { Owner.IsAlive: false })
        {
            return false;
        }

        // A pass that comes late would release what the container's next run has taken. The directory stays until everything is released, so none begins.
        using DirectoryLock? alone = DirectoryLock.TryTake(path);
        if (alone is null)
        {
            return false;
        }

        RunResources? state = ReadState(path);
        bool isDeferred = state?.Cni is { } cni && CniPlaces.IsDeferred(directories, cni.ContainerId, clock);
        return state is not null && !state.Owner.IsAlive && !isDeferred && Remove(directories, path, state, clock, pluginTimeout);
    }

    /// <summary>Reads the resources of a run; null if the container's owner or another pass is removing it.</summary>
    private static RunResources? ReadState(string path)
    {
        try
        {
            return RunResources.Parse(File.ReadAllBytes(Path.Combine(path, RunDirectory.ResourcesFile)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static bool Remove(HearthDirectories directories, string directory, RunResources? state, TimeProvider clock, TimeSpan? pluginTimeout)
    {
        if (state?.Machine is { } machine)
        {
            End(machine);
        }

        if (state?.ControlGroups.Count > 0)
        {
            Reclaim(state.ControlGroups);
        }

        // They are recorded before they are created, so they may not exist.
        foreach (string path in state?.Files ?? [])
        {
            RemoveTrace(path);
        }

        foreach (NetworkTap tap in state?.Taps ?? [])
        {
            ReleaseTap(tap, state!.Id);
        }

        // Plugins of CNI find the namespace as they left it.
        if (state?.Joined is { } joined)
        {
            Translate(() => JoinedNamespace.GiveBackAfterCrash(joined));
        }

        if (state?.Cni is { } cni)
        {
            Translate(() => CniPlaces.Release(directories, cni, clock, pluginTimeout));
        }

        return RunDirectory.Remove(directory);
    }

    /// <summary>A machine that still runs may send while its network is released, and write while its disks are.</summary>
    private static void End(ProcessIdentity machine)
    {
        using ProcessHandle? process = ProcessHandle.TryOpen(machine.Pid);
        if (process is null || !machine.IsAlive)
        {
            return;
        }

        process.Signal(SignalNumber.Kill);
        if (!process.WaitForEnd(machineTimeout))
        {
            throw new HearthException(HearthError.MachineFailed, $"its machine, process {machine.Pid}, does not end within {machineTimeout.TotalSeconds:0} s after it was killed; the next command tries again");
        }
    }

    private static void ReleaseTap(NetworkTap tap, string holder)
    {
        try
        {
            new BridgeNetwork(tap.ToDefinition()).Release(tap.Name, holder);
        }
        catch (NetworkException failure)
        {
            throw NetworkFailures.Translate(failure);
        }
    }

    private static void Translate(Action act)
    {
        try
        {
            act();
        }
        catch (NetworkException failure)
        {
            throw NetworkFailures.Translate(failure);
        }
    }

    private static void Reclaim(IReadOnlyList<string> groups)
    {
        try
        {
            HostControlGroups.Detect(TimeProvider.System).Reclaim(groups);
        }
        catch (ControlGroupException failure)
        {
            throw GroupFailures.Translate(failure);
        }
    }

    private static void RemoveTrace(string path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
        else if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static string ShortName(string path)
    {
        string name = Path.GetFileName(path);
        return name[(name.LastIndexOf('-') + 1)..][..Math.Min(12, name.Length - name.LastIndexOf('-') - 1)];
    }
}
