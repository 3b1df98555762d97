using System.Text;
using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Images.Store;
using Hearth.Layers.Index;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Lazy;

/// <summary>
/// The files of a layer of which only parts were fetched, open in this process. They are made, moved and removed under the
/// lock of the directory of all lazy layers; whoever has them open can go on reading.
/// </summary>
internal sealed class LazyFiles : IDisposable
{
    private readonly StorePaths paths;

    private LazyFiles(StorePaths paths, Descriptor layer, LayerIndex index, string boot)
    {
        this.paths = paths;
        Layer = layer;
        Index = index;
        try
        {
            Content = Open("content", index.Size);
            Blob = Open("blob", layer.Size);
            Windows = Open("windows", index.WindowBytes);
            Map = SpanMap.Open(PathOf("map"), index.Spans.Count, boot);
        }
        catch
        {
            Content?.Dispose();
            Blob?.Dispose();
            Windows?.Dispose();
            throw;
        }
    }

    public Descriptor Layer { get; }

    /// <summary>The one that all processes use.</summary>
    public LayerIndex Index { get; }

    /// <summary>The index's content, with holes.</summary>
    public SafeFileHandle Content { get; }

    /// <summary>The layer as the registry has it, with holes.</summary>
    public SafeFileHandle Blob { get; }

    /// <summary>The windows of the spans, with holes.</summary>
    public SafeFileHandle Windows { get; }

    public SpanMap Map { get; }

    private string DirectoryPath => paths.LazyOf(Layer.Digest);

    /// <summary>Opens or makes the files.</summary>
    /// <param name="paths">The store's.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="content">The digest that its content must have.</param>
    /// <param name="index">Used if no other process has begun with another one.</param>
    /// <param name="boot">The host's boot; null for the current.</param>
    /// <param name="origin">The repository from which the rest can be fetched; null to leave the one that is noted.</param>
    /// <returns>Null if the store has the whole layer.</returns>
    /// <exception cref="ImageException">The index has no spans or is another layer's, or the files cannot be made.</exception>
    public static LazyFiles? TryOpen(StorePaths paths, Descriptor layer, Digest content, LayerIndex index, string? boot = null, string? origin = null)
    {
        if (index.Layer != layer.Digest || index.Content != content || !index.HasSpans || index.CompressedSize > layer.Size)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read parts of the layer {layer.Digest}: the index does not fit the layer; pull the image to fetch the whole layer");
        }

        try
        {
            System.IO.Directory.CreateDirectory(paths.Lazy);
            using DirectoryLock held = DirectoryLock.Take(paths.Lazy);
            if (File.Exists(paths.ContentOf(layer.Digest)) && File.Exists(paths.IndexOf(layer.Digest)) && File.Exists(paths.BlobOf(layer.Digest)))
            {
                RemoveRest(paths.LazyOf(layer.Digest));
                return null;
            }

            System.IO.Directory.CreateDirectory(paths.LazyOf(layer.Digest));
            if (origin is not null)
            {
                AtomicFile.Write(paths.LazyOriginOf(layer.Digest), Encoding.UTF8.GetBytes(origin));
            }

            return new LazyFiles(paths, layer, Settle(paths, layer, index), boot ?? HostBoot.Current);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LinuxException)
        {
            throw new ImageException(ImageError.StorageFailed, $"cannot store parts of the layer {layer.Digest} in '{paths.Directory}': {exception.Message}", exception);
        }
    }

    /// <summary>Removes the parts of a layer that the store has as a whole. Processes that have them open can go on reading.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public static void RemoveParts(StorePaths paths, Digest layer)
    {
        using DirectoryLock held = DirectoryLock.Take(paths.Lazy);
        RemoveRest(paths.LazyOf(layer));
    }

    /// <summary>Moves the layer, all of which is verified, to the store's whole layers. If the process is killed within, the next can do it again.</summary>
    /// <param name="layer">What becomes of it.</param>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public void Commit(WholeLayer layer)
    {
        RandomAccess.FlushToDisk(layer.Content);
        RandomAccess.FlushToDisk(layer.Windows);
        RandomAccess.FlushToDisk(Blob);
        using DirectoryLock held = DirectoryLock.Take(paths.Lazy);
        if (!AreInPlace())
        {
            // A collection removed the files: nobody needs the layer.
            return;
        }

        string whole = PathOf("whole");
        RemoveRest(whole);
        string target = paths.LayerOf(Layer.Digest);
        if (!File.Exists(paths.IndexOf(Layer.Digest)) || !File.Exists(paths.ContentOf(Layer.Digest)))
        {
            RemoveRest(target);
            System.IO.Directory.CreateDirectory(whole);
            Link(layer.Content, whole, "content"u8);
            Link(layer.Windows, whole, "windows"u8);
            AtomicFile.Write(Path.Combine(whole, "index"), LayerIndexFile.Write(layer.Index));
            System.IO.Directory.CreateDirectory(paths.Layers);
            System.IO.Directory.Move(whole, target);
        }

        string blob = paths.BlobOf(Layer.Digest);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        File.Move(PathOf("blob"), blob, overwrite: true);
        System.IO.Directory.Delete(DirectoryPath, recursive: true);
    }

    /// <summary>A new file beside these, where they have something else. The caller owns it.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public SafeFileHandle Create(string name) => File.OpenHandle(PathOf(name), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Removes the files of a layer that is not what its digests say. Processes that have them open refuse further fetches.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Refuse()
    {
        Map.Refuse();
        using DirectoryLock held = DirectoryLock.Take(paths.Lazy);
        if (AreInPlace())
        {
            System.IO.Directory.Delete(DirectoryPath, recursive: true);
        }
    }

    /// <summary>Whether the files are where they were made, and not moved or removed.</summary>
    public bool AreInPlace() => FileLocks.IsAt(Content, PathOf("content"));

    public void Dispose()
    {
        Content.Dispose();
        Blob.Dispose();
        Windows.Dispose();
        Map.Dispose();
    }

    /// <summary>The stored index; if there is none, or it is damaged, the given one replaces it and earlier files.</summary>
    private static LayerIndex Settle(StorePaths paths, Descriptor layer, LayerIndex index)
    {
        string directory = paths.LazyOf(layer.Digest);
        string path = paths.LazyIndexOf(layer.Digest);
        try
        {
            LayerIndex stored = LayerIndexFile.Read(File.ReadAllBytes(path));
            if (stored.Layer == layer.Digest && stored.Content == index.Content && stored.CompressedSize <= layer.Size)
            {
                return stored;
            }
        }
        catch (Exception exception) when (exception is ImageException or FileNotFoundException)
        {
            // Replaced below.
        }

        foreach (string name in (string[])["map", "content", "blob", "windows"])
        {
            File.Delete(Path.Combine(directory, name));
        }

        if (!index.Windows.IsEmpty)
        {
            AtomicFile.Write(Path.Combine(directory, "windows"), index.Windows.Span);
        }

        byte[] file = LayerIndexFile.Write(index);
        AtomicFile.Write(path, file);
        return LayerIndexFile.Read(file);
    }

    /// <summary>The lazy layer keeps its content too, for whoever is killed before the end and for the next.</summary>
    private static void Link(SafeFileHandle file, string directory, ReadOnlySpan<byte> name)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(directory, out SafeFileHandle parent);
        using (parent)
        {
            errno = errno == Errno.None ? DirectoryChanges.TryLink(file, parent, name) : errno;
        }

        if (errno != Errno.None)
        {
            throw new LinuxException("linkat", errno, directory);
        }
    }

    private static void RemoveRest(string directory)
    {
        if (System.IO.Directory.Exists(directory))
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }

    private SafeFileHandle Open(string name, long size)
    {
        SafeFileHandle file = File.OpenHandle(PathOf(name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        if (RandomAccess.GetLength(file) != size)
        {
            RandomAccess.SetLength(file, size);
        }

        return file;
    }

    private string PathOf(string name) => Path.Combine(DirectoryPath, name);
}
