using Hearth.Containers;
using Hearth.Machines.Kernel;
using Hearth.Records;

namespace Hearth.Keeper.Machines;

/// <summary>Removes kernels that were imported on this machine, but not those that came with the program.</summary>
public sealed class KernelRemoval(HearthDirectories directories, TimeProvider clock)
{
    private readonly KernelSearch search = new(directories);
    private readonly ContainerStore containers = new(directories, clock);

    private KernelStore Store => search.Stores[0];

    /// <summary>Removes a kernel.</summary>
    /// <param name="name">The name that <c>hearth kernel list</c> prints.</param>
    /// <param name="force">True to remove the kernel even if the description of a container names it.</param>
    /// <returns>The space it used, in bytes.</returns>
    /// <exception cref="HearthException">No kernel has this name, the kernel came with the program, or a container uses it.</exception>
    public long Remove(string name, bool force)
    {
        KernelEntry? entry = search.List().FirstOrDefault(entry => entry.Name == name);
        if (entry is null)
        {
            throw new HearthException(HearthError.KernelUnavailable, $"cannot remove the kernel '{name}': no kernel has this name; 'hearth kernel list' lists the kernels");
        }

        if (!IsOwn(entry))
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot remove the kernel '{name}': it came with the program, in '{Path.GetDirectoryName(entry.Directory)}'; remove it there");
        }

        if (!force && UserOf(entry) is { } container)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot remove the kernel '{name}': the container '{container}' uses it; remove the container first ('hearth rm {container}') or use --force");
        }

        return Remove(entry);
    }

    /// <summary>Removes the copies of images that were named by their paths. They are created again when they are needed.</summary>
    /// <param name="includesImported">
    /// True to remove imported kernels too, except the preferred one and those that the description of a container names.
    /// </param>
    /// <returns>The removed kernels and the space they used, in bytes.</returns>
    /// <exception cref="HearthException">One cannot be removed.</exception>
    public IReadOnlyList<(KernelEntry Entry, long Bytes)> Prune(bool includesImported)
    {
        IReadOnlyList<KernelEntry> all = search.List();
        KernelEntry? preferred = all.FirstOrDefault(entry => !entry.AdHoc);
        return
        [
            .. all.Where(entry => IsOwn(entry) && UserOf(entry) is null && (entry.AdHoc || (includesImported && entry != preferred)))
                .Select(entry => (entry, Remove(entry))),
        ];
    }

    private bool IsOwn(KernelEntry entry) => Path.GetDirectoryName(entry.Directory) == Store.Directory;

    /// <summary>The name of a container whose description names a kernel; null if there is none.</summary>
    private string? UserOf(KernelEntry entry) => containers.List()
        .FirstOrDefault(container => container.Description.Kernel is { } kernel && (kernel == entry.Name || Path.GetFullPath(kernel) == entry.Directory))?.Name;

    private long Remove(KernelEntry entry)
    {
        long bytes = DiskUse.BytesIn(entry.Directory);
        try
        {
            Store.Remove(entry.Name);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot remove the kernel '{entry.Name}' in '{Store.Directory}': {exception.Message}", exception);
        }
    }
}
