using System.Text;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Distribution.Sources.Local.Archives;

/// <summary>
/// The files of a tar archive, read in place: of the archive only headers are read before, and its files when somebody opens
/// them. Links lead to other files of the archive.
/// </summary>
internal sealed class ArchiveTree : ILocalFiles
{
    /// <summary>An image of 500 layers has some 2000 entries.</summary>
    private const int MostEntries = 100_000;

    /// <summary>For all names together.</summary>
    private const int MostNameBytes = 16 << 20;

    /// <summary>As in Linux: a longer chain is a circle.</summary>
    private const int MostLinks = 40;

    /// <summary>Documents that are read by their names; of two, readers would take different ones.</summary>
    private static readonly string[] unique = [LayoutImage.IndexFile, DockerImage.ManifestFile, "oci-layout"];

    private readonly SafeFileHandle file;
    private readonly Dictionary<string, (long Start, long Length)> files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> links = new(StringComparer.Ordinal);

    private ArchiveTree(SafeFileHandle file) => this.file = file;

    /// <summary>Reads an archive's headers.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="file">The archive; it belongs to the tree.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ImageException">It is no archive, or an entry is not allowed.</exception>
    public static ArchiveTree Read(string name, SafeFileHandle file, CancellationToken cancellationToken)
    {
        ArchiveTree tree = new(file);
        try
        {
            LocalReading.Attempt(name, () =>
            {
                tree.ReadHeaders(name, cancellationToken);
                return 0;
            });
            return tree;
        }
        catch (ArchiveException exception)
        {
            tree.Dispose();
            throw new ImageException(ImageError.Malformed, $"cannot read '{name}': {exception.Message}", exception);
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    public bool Has(string path) => TryResolve(path) is not null;

    public Stream Open(string path) => TryResolve(path) is { } place
        ? new PartStream(file, place.Start, place.Length)
        : throw new FileNotFoundException($"the archive has no file '{path}'");

    public void Dispose() => file.Dispose();

    private void ReadHeaders(string name, CancellationToken cancellationToken)
    {
        TarReader archive = new(new PartStream(file, 0, RandomAccess.GetLength(file)));
        ArchiveWarnings warnings = new();
        long nameBytes = 0;
        for (int count = 0; archive.Next(warnings) is { } entry; count++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            nameBytes += entry.Name.Length + entry.LinkName.Length;
            if (count == MostEntries || nameBytes > MostNameBytes)
            {
                throw new ImageException(
                    ImageError.Malformed, $"cannot read '{name}': it has more than {MostEntries} entries or {MostNameBytes >> 20} MiB of names, and is no archive of images");
            }

            Add(name, entry);
        }
    }

    private void Add(string name, TarEntry entry)
    {
        string path = Normalise(entry.ShownName) ?? throw new ImageException(ImageError.Malformed, $"cannot read '{name}': its entry '{entry.ShownName}' leads out of the archive");
        switch (entry.Type)
        {
            case TarEntryType.File when entry.Extents is not null:
                throw new ImageException(ImageError.Unsupported, $"cannot read '{name}': its file '{path}' is stored sparse; pack the archive without --sparse");
            case TarEntryType.File when unique.Contains(path) && files.ContainsKey(path):
                throw new ImageException(ImageError.Malformed, $"cannot read '{name}': it has two files '{path}'");
            case TarEntryType.File:
                files[path] = (entry.DataOffset, entry.SizeInBytes);
                links.Remove(path);
                break;
            case TarEntryType.SymbolicLink:
            case TarEntryType.HardLink:
                string target = Encoding.UTF8.GetString(entry.LinkName);
                string parent = entry.Type == TarEntryType.SymbolicLink ? path[..(path.LastIndexOf('/') + 1)] : "";
                links[path] = Normalise(parent + target, allowsParents: true)
                    ?? throw new ImageException(ImageError.Malformed, $"cannot read '{name}': its link '{path}' leads out of the archive");
                break;
        }
    }

    private (long Start, long Length)? TryResolve(string path)
    {
        string? at = Normalise(path);
        for (int i = 0; i < MostLinks && at is not null; i++)
        {
            if (links.TryGetValue(at, out string? target))
            {
                at = target;
            }
            else
            {
                return files.TryGetValue(at, out (long Start, long Length) place) ? place : null;
            }
        }

        return null;
    }

    /// <summary>A path without <c>.</c> and double slashes; null if it is absolute or leaves the archive.</summary>
    private static string? Normalise(string path, bool allowsParents = false)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/'))
        {
            if (part == ".." && (!allowsParents || parts.Count == 0))
            {
                return null;
            }

            if (part == "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return path.StartsWith('/') ? null : string.Join('/', parts);
    }
}
