using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.Machines.Kernel;

/// <summary>
/// A directory of imported kernels, one subdirectory each: <c>vmlinux</c>, <c>modules/NAME.ko</c>, <c>kernel.json</c>. An
/// entry is written to a working directory and renamed to its final path, so readers see a complete entry or none.
/// </summary>
/// <param name="directory">The store's directory; the first import creates it.</param>
/// <param name="clock">The clock for the last use of ad hoc entries; null for the system's.</param>
public sealed class KernelStore(string directory, TimeProvider? clock = null)
{
    /// <summary>The limit of retries: more than the processes that import the same kernel at the same time.</summary>
    private const int TurnLimit = 16;

    /// <summary>The prefix of the names that <see cref="Resolve"/> creates.</summary>
    private const string AdHocPrefix = "image-";

    /// <summary>
    /// An ad hoc entry that was not used for this time is removed when the next one is created. Otherwise a kernel that is built
    /// again and again would leave one copy for each image. No start takes that long from finding its kernel to booting it.
    /// </summary>
    private static readonly TimeSpan adHocLife = TimeSpan.FromHours(1);

    private readonly TimeProvider clock = clock ?? TimeProvider.System;

    public string Directory { get; } = Path.GetFullPath(directory);

    /// <summary>
    /// Imports a kernel under its release as name. An existing entry of that name is replaced.
    /// </summary>
    /// <param name="source">
    /// A .deb file; an extracted kernel package or a system's root (with boot/vmlinuz-RELEASE and lib/modules/RELEASE); a
    /// modules directory with its vmlinuz; or a bzImage or vmlinux, whose modules are found if it is in a boot directory.
    /// </param>
    /// <exception cref="KernelException">
    /// The source does not exist, is not a kernel, is damaged, or is for another processor architecture.
    /// </exception>
    public KernelEntry Import(string source) => Import(source, adHocName: null);

    /// <summary>Lists the entries, the newest release first, ad hoc entries last.</summary>
    /// <exception cref="KernelException">An entry's description cannot be read.</exception>
    public IReadOnlyList<KernelEntry> List() =>
        !System.IO.Directory.Exists(Directory)
            ? []
            : [.. System.IO.Directory.EnumerateDirectories(Directory)
                .Select(TryRead)
                .OfType<KernelEntry>()
                .OrderBy(entry => entry.AdHoc)
                .ThenByDescending(entry => entry.Release, ReleaseOrder.Instance)
                .ThenBy(entry => entry.Name, StringComparer.Ordinal)];

    /// <summary>Finds a kernel by name; without a name, the newest imported release.</summary>
    /// <exception cref="KernelException">There is no such kernel.</exception>
    public KernelEntry Find(string? name = null)
    {
        KernelEntry? found = name is null
            ? List().FirstOrDefault(entry => !entry.AdHoc)
            : IsName(name) ? TryRead(Path.Combine(Directory, name)) : null;
        return found ?? throw new KernelException(
            KernelError.NotFound,
            name is null
                ? $"the kernel store {Directory} is empty: run 'hearth kernel import' with a kernel package"
                : $"there is no kernel '{name}' in {Directory}");
    }

    /// <summary>
    /// Finds a kernel by a user's reference: null (the newest), a name in this store, an entry's directory, or an image file.
    /// An image file is imported once, as an ad hoc entry named by its digest.
    /// </summary>
    /// <exception cref="KernelException">The reference is none of these, or the image cannot be imported.</exception>
    public KernelEntry Resolve(string? reference)
    {
        if (reference is null || (IsName(reference) && IsEntry(Path.Combine(Directory, reference))))
        {
            return Find(reference);
        }

        if (reference.Length > 0 && TryRead(Path.GetFullPath(reference)) is { } entry)
        {
            return entry;
        }

        if (!File.Exists(reference))
        {
            throw new KernelException(KernelError.NotFound, $"'{reference}' is neither a kernel in {Directory} nor a kernel image");
        }

        string name = AdHocPrefix + Digests.OfFile(reference)[..16];
        if (!IsEntry(Path.Combine(Directory, name)))
        {
            RemoveUnused(clock.GetUtcNow() - adHocLife);
            return Import(reference, name);
        }

        System.IO.Directory.SetLastWriteTimeUtc(Path.Combine(Directory, name), clock.GetUtcNow().UtcDateTime);
        return Find(name);
    }

    /// <summary>Whether a name belongs to an ad hoc entry.</summary>
    public static bool IsAdHoc(string name) => name.StartsWith(AdHocPrefix, StringComparison.Ordinal);

    /// <summary>Removes an entry. A running machine no longer needs it.</summary>
    /// <returns>False if there is no entry of this name.</returns>
    public bool Remove(string name)
    {
        string path = Path.Combine(Directory, name);
        if (!IsName(name) || !System.IO.Directory.Exists(path))
        {
            return false;
        }

        // The rename removes the entry from the store in one step. If this process is killed then, the next import removes the rest.
        using ImportDirectory working = ImportDirectory.Create(Directory);
        try
        {
            System.IO.Directory.Move(path, Path.Combine(working.Path, "removed"));
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return false; // Another process was faster.
        }
    }

    private void RemoveUnused(DateTimeOffset since)
    {
        foreach (KernelEntry entry in List().Where(entry => entry.AdHoc && System.IO.Directory.GetLastWriteTimeUtc(entry.Directory) < since.UtcDateTime))
        {
            Remove(entry.Name);
        }
    }

    private static bool IsEntry(string path) => File.Exists(Path.Combine(path, KernelEntry.DescriptionFileName));

    private static bool IsName(string name) => name.Length > 0 && name[0] != '.' && !name.Contains('/', StringComparison.Ordinal);

    /// <summary>Reads an entry; null if there is none, or if another import has just moved it away.</summary>
    private static KernelEntry? TryRead(string entryDirectory)
    {
        string path = Path.Combine(entryDirectory, KernelEntry.DescriptionFileName);
        try
        {
            KernelEntry? entry = JsonSerializer.Deserialize(File.ReadAllBytes(path), KernelJson.Default.KernelEntry);
            return IsSound(entry)
                ? entry with { Directory = entryDirectory }
                : throw new KernelException(KernelError.Corrupt, $"{path} is damaged: import the kernel again");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new KernelException(KernelError.Corrupt, $"{path} is damaged ({e.Message}): import the kernel again", e);
        }
    }

    /// <summary>The description is complete. Module names become parts of paths, so they must not lead out of the directory.</summary>
    private static bool IsSound([NotNullWhen(true)] KernelEntry? entry) =>
        entry is { Name: not null, Release: not null, Modules: not null }
        && entry.Modules.All(module => module is { Name: not null, DependsOn: not null } && IsName(module.Name));

    private KernelEntry Import(string source, string? adHocName)
    {
        System.IO.Directory.CreateDirectory(Directory);
        using ImportDirectory working = ImportDirectory.Create(Directory);
        string root = source;
        if (DebianPackage.Is(source))
        {
            root = Path.Combine(working.Path, "package");
            DebianPackage.Unpack(source, root);
        }

        KernelImport import = KernelImport.Read(KernelSource.Find(root), Path.GetFileName(Path.TrimEndingDirectorySeparator(source)));
        KernelEntry entry = import.Describe(adHocName);
        string finished = Path.Combine(working.Path, "entry");
        import.Write(finished, entry);
        return entry with { Directory = PutInPlace(finished, entry.Name) };
    }

    /// <summary>
    /// Moves a finished entry to its final path. An existing entry is swapped with it, so the name is never missing, and the old
    /// entry is removed together with the working directory. If the file system cannot swap, the old entry is moved away first.
    /// </summary>
    private string PutInPlace(string finished, string name)
    {
        string place = Path.Combine(Directory, name);
        for (int turn = 0; ; turn++)
        {
            try
            {
                Errno refusal = Renaming.TryExchange(finished, place);
                if (refusal == Errno.None)
                {
                    return place;
                }

                if (refusal != Errno.ENOENT && System.IO.Directory.Exists(place))
                {
                    System.IO.Directory.Move(place, $"{finished}.replaced-{turn}");
                }

                System.IO.Directory.Move(finished, place);
                return place;
            }
            catch (IOException) when (turn < TurnLimit)
            {
                // Another import used the path in between; try again.
            }
        }
    }
}
