using Hearth.Containers;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Volumes;
using Hearth.Rootfs.Cache;

namespace Hearth.Client;

/// <content>Disk space of everything that is stored, and its cleanup.</content>
public sealed partial class ContainerService
{
    /// <summary>The disk space of containers, prepared disks, volumes and kernels.</summary>
    /// <param name="cache">The cache of prepared disks.</param>
    public IReadOnlyList<DiskUse> DiskUses(ImageCache cache)
    {
        IReadOnlyList<Container> containers = store.List();
        (Container Container, long Bytes)[] sizes = [.. containers.Select(container => (container, DiskUse.BytesIn(container.RecordDirectory)))];
        IReadOnlyList<CacheEntry> disks = cache.List();
        IReadOnlyList<VolumeEntry> volumes = new VolumeStore(directories, Clock).List();
        string[] kernels = Directory.Exists(directories.Kernels) ? Directory.GetDirectories(directories.Kernels) : [];
        return
        [
            new DiskUse("Containers", containers.Count, containers.Count(container => container.State.IsHeld),
                sizes.Sum(size => size.Bytes), sizes.Where(size => !size.Container.State.IsHeld).Sum(size => size.Bytes)),
            new DiskUse("Prepared disks", disks.Count, disks.Count(disk => disk.InUse), disks.Sum(disk => disk.Bytes), disks.Where(disk => !disk.InUse).Sum(disk => disk.Bytes)),
            new DiskUse("Volumes", volumes.Count, volumes.Count(volume => volume.InUse), volumes.Sum(volume => volume.UsedBytes), volumes.Where(volume => !volume.InUse).Sum(volume => volume.UsedBytes)),
            new DiskUse("Kernels", kernels.Length, kernels.Count(kernel => !IsCopy(kernel)), kernels.Sum(DiskUse.BytesIn), kernels.Where(IsCopy).Sum(DiskUse.BytesIn)),
        ];
    }

    public Task<long> ReadSizeAsync(Container container, CancellationToken cancellationToken = default) => Task.FromResult(DiskUse.BytesIn(container.RecordDirectory));

    /// <summary>This host and what is on it.</summary>
    /// <param name="version">The calling program's.</param>
    public SystemInformation ReadSystem(string version)
    {
        IReadOnlyList<Container> containers = store.List();
        int running = containers.Count(container => container.State.Status == ContainerStatus.Running);
        int paused = containers.Count(container => container.State.Status == ContainerStatus.Paused);
        return new SystemInformation(
            version, containers.Count, running, paused, containers.Count - running - paused, directories.State, directories.Run,
            Environment.OSVersion.VersionString, Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    /// <summary>Removes every container that does not run. Their anonymous volumes stay.</summary>
    /// <param name="selected">Which of them.</param>
    /// <returns>The removed containers, and the bytes that they occupied.</returns>
    public (IReadOnlyList<Container> Removed, long Bytes) RemoveEnded(Func<Container, bool> selected)
    {
        List<Container> removed = [];
        long bytes = 0;
        foreach (Container container in store.List().Where(selected))
        {
            using ContainerHold? hold = TryHoldEnded(container.Id);
            if (hold is not null && store.TryRead(container.Id) is { State.Keeper: null } ended)
            {
                bytes += DiskUse.BytesIn(ended.RecordDirectory);
                store.Remove(ended);
                events.Report(ended.Description, EventAction.Destroy);
                Logger.Removed(ended.Id);
                removed.Add(ended);
            }
        }

        return (removed, bytes);
    }

    /// <summary>Whether its restart policy starts a container that has ended. Only a daemon knows how often it has done so: it was at most all starts but the first.</summary>
    public static bool IsToStartAgain(Container container) =>
        container is { State: { Status: ContainerStatus.Exited, Starts: > 0 } state, Description.Restart: { } policy } && policy.Wants(state, state.Starts - 1);

    /// <summary>Whether a kernel is a copy of an image file, which <c>kernel prune</c> removes.</summary>
    private static bool IsCopy(string directory) => Hearth.Machines.Kernel.KernelStore.IsAdHoc(Path.GetFileName(directory));

    private ContainerHold? TryHoldEnded(string id)
    {
        try
        {
            return store.TryHold(id);
        }
        catch (HearthException gone) when (gone.Error == HearthError.ContainerUnknown)
        {
            return null;
        }
    }
}
