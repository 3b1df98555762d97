using Hearth.Containers;
using Hearth.Machines.Kernel;

namespace Hearth.Keeper.Machines;

/// <summary>
/// Finds kernels: first those imported on this machine, then those that came with the program
/// (<c>../share/hearth/kernels</c> beside its directory).
/// </summary>
public sealed class KernelSearch(HearthDirectories directories)
{
    /// <summary>The directory of the kernels that came with the program.</summary>
    public static string SharedStore { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "share", "hearth", "kernels"));

    /// <summary>The stores in the order in which they are searched.</summary>
    public IReadOnlyList<KernelStore> Stores { get; } = [new(directories.Kernels), new(SharedStore)];

    /// <summary>All kernels, the preferred one first; copies of images that were named by their paths come last.</summary>
    /// <exception cref="HearthException">A store is damaged.</exception>
    public IReadOnlyList<KernelEntry> List() =>
        Guarded(() => (IReadOnlyList<KernelEntry>)[.. Stores.SelectMany(store => store.List()).OrderBy(entry => entry.AdHoc)]);

    /// <summary>Finds the kernel that a caller named, or the preferred one if there is no name.</summary>
    /// <exception cref="HearthException">No such kernel exists, or it cannot be read; the message says how to get one.</exception>
    public KernelEntry Resolve(string? reference)
    {
        if (reference is null)
        {
            return List().FirstOrDefault(entry => !entry.AdHoc) ?? throw new HearthException(
                HearthError.KernelUnavailable,
                $"there is no kernel to boot in {string.Join(" or ", Stores.Select(store => store.Directory))}: " +
                "import one with 'hearth kernel import', or in a checkout of the sources run './dev setup'");
        }

        return List().FirstOrDefault(entry => entry.Name == reference) ?? Guarded(() => Stores[0].Resolve(reference));
    }

    /// <summary>Imports a kernel into a store.</summary>
    /// <exception cref="HearthException">The source is no kernel, or the store cannot be written.</exception>
    public static KernelEntry Import(string source, string store) => Guarded(() => new KernelStore(store).Import(source));

    private static T Guarded<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (KernelException exception)
        {
            throw new HearthException(HearthError.KernelUnavailable, exception.Message, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.KernelUnavailable, $"cannot use the kernel store: {exception.Message}", exception);
        }
    }
}
