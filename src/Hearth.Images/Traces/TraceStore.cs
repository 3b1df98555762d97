using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Images.Store;

namespace Hearth.Images.Traces;

/// <summary>The traces in an image store, one for a manifest.</summary>
public sealed class TraceStore(ImageStore store)
{
    /// <exception cref="ImageException">The trace is too large, or cannot be stored.</exception>
    public void Write(Digest manifest, ImageTrace trace)
    {
        Write(manifest, TraceDocument.Write(trace));
        RemovePack(manifest);
    }

    /// <summary>Reads an image's trace; null if there is none.</summary>
    /// <exception cref="ImageException">It is damaged, or cannot be read.</exception>
    public ImageTrace? TryRead(Digest manifest) => TryReadBytes(manifest) is { } bytes ? TraceDocument.Read(bytes) : null;

    /// <summary>The same, with the place of its pack.</summary>
    /// <exception cref="ImageException">It is damaged, or cannot be read.</exception>
    public StoredTrace? TryOpen(Digest manifest) => TryRead(manifest) is { } trace ? new StoredTrace(trace, store.Paths.TracePackOf(manifest)) : null;

    /// <summary>Removes an image's trace.</summary>
    /// <returns>False if there was none.</returns>
    /// <exception cref="ImageException">It cannot be removed.</exception>
    public bool Remove(Digest manifest) => store.Attempt("remove", $"the trace of the image {manifest}", () =>
    {
        bool exists = File.Exists(store.Paths.TraceOf(manifest));
        RemovePack(manifest);
        File.Delete(store.Paths.TraceOf(manifest));
        return exists;
    });

    /// <summary>Stores a trace that somebody else recorded, unless there is one. It is read when it is used.</summary>
    /// <exception cref="ImageException">It cannot be stored.</exception>
    internal void Adopt(Digest manifest, ReadOnlySpan<byte> trace)
    {
        if (!File.Exists(store.Paths.TraceOf(manifest)))
        {
            Write(manifest, trace);
        }
    }

    /// <summary>The trace as it is stored; null if there is none.</summary>
    /// <exception cref="ImageException">It cannot be read.</exception>
    internal byte[]? TryReadBytes(Digest manifest) => store.Attempt("read", $"the trace of the image {manifest}", () =>
    {
        FileInfo file = new(store.Paths.TraceOf(manifest));
        return !file.Exists ? null
            : file.Length <= TraceDocument.MostBytes ? File.ReadAllBytes(file.FullName)
            : throw TraceDocument.TooLarge(file.Length);
    });

    private void RemovePack(Digest manifest) => store.Attempt("remove", $"the bytes of the trace of the image {manifest}", () =>
    {
        File.Delete(store.Paths.TracePackOf(manifest));
        return true;
    });

    private void Write(Digest manifest, ReadOnlySpan<byte> trace)
    {
        try
        {
            store.Prepare();
            AtomicFile.Write(store.Paths.TraceOf(manifest), trace);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw store.StorageFailure("store", $"the trace of the image {manifest}", exception);
        }
    }
}

/// <summary>A trace of the store.</summary>
/// <param name="Trace">The trace.</param>
/// <param name="PackPath">The file for what is there of its pack: uncompressed, with holes.</param>
public sealed record StoredTrace(ImageTrace Trace, string PackPath);
