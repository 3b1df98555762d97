using System.Buffers;
using Hearth.Distribution;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Lazy;

/// <summary>
/// Makes a whole layer of one that was read by somebody else's index: reads its compressed bytes as a pull does, and compares what the
/// index said with the layer.
/// </summary>
internal static class ForeignCompletion
{
    private const int BufferBytes = 1 << 20;

    /// <param name="files">All compressed bytes are there.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Null if the layer does not have its digests, or the index described another one.</returns>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public static WholeLayer? Run(LazyFiles files, CancellationToken cancellationToken)
    {
        SafeFileHandle content = files.Create("scanned");
        FileStream? windows = null;
        try
        {
            windows = new FileStream(files.Create("scanned-windows"), FileAccess.Write);
            LayerIndex? index = TryScan(files, content, windows, cancellationToken);
            if (index is not null && index.Content == files.Index.Content && IsDescribed(files, index, content, cancellationToken))
            {
                return new WholeLayer(index, content, windows.SafeFileHandle, isOwn: false);
            }
        }
        catch
        {
            content.Dispose();
            windows?.Dispose();
            throw;
        }

        content.Dispose();
        windows.Dispose();
        return null;
    }

    private static LayerIndex? TryScan(LazyFiles files, SafeFileHandle content, FileStream windows, CancellationToken cancellationToken)
    {
        try
        {
            using PartStream blob = new(files.Blob, 0, files.Layer.Size);
            return LayerScan.Run(blob, files.Layer.Digest, files.Index.Content, files.Index.Compression, new LayerContentWriter(content), windows, new ArchiveWarnings(), cancellationToken);
        }
        catch (ImageException)
        {
            return null;
        }
    }

    /// <summary>Whether the index had the layer's entries, and its files' bytes were those of the layer.</summary>
    private static bool IsDescribed(LazyFiles files, LayerIndex index, SafeFileHandle content, CancellationToken cancellationToken)
    {
        using IEnumerator<TarEntry> described = files.Index.ReadEntries().GetEnumerator();
        byte[] first = ArrayPool<byte>.Shared.Rent(BufferBytes);
        byte[] second = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            foreach (TarEntry entry in index.ReadEntries().Where(entry => !EntryComparison.IsOwnTable(entry)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                bool isSame = described.MoveNext() && EntryComparison.AreAlike(entry, described.Current)
                    && (entry.Type != TarEntryType.File || HaveSameBytes((content, entry), (files.Content, described.Current), first, second));
                if (!isSame)
                {
                    return false;
                }
            }

            return !described.MoveNext();
        }
        catch (ImageException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(first);
            ArrayPool<byte>.Shared.Return(second);
        }
    }

    private static bool HaveSameBytes((SafeFileHandle File, TarEntry Entry) one, (SafeFileHandle File, TarEntry Entry) other, byte[] first, byte[] second)
    {
        for (long offset = 0; offset < one.Entry.SizeInBytes;)
        {
            int count = (int)Math.Min(BufferBytes, one.Entry.SizeInBytes - offset);
            if (!TryFill(one, offset, first.AsSpan(0, count)) || !TryFill(other, offset, second.AsSpan(0, count)) || !first.AsSpan(0, count).SequenceEqual(second.AsSpan(0, count)))
            {
                return false;
            }

            offset += count;
        }

        return true;
    }

    /// <summary>Reads a part of a file, with its holes.</summary>
    private static bool TryFill((SafeFileHandle File, TarEntry Entry) source, long offset, Span<byte> destination)
    {
        if (source.Entry.Extents is not { } parts)
        {
            return RandomAccess.Read(source.File, destination, source.Entry.DataOffset + offset) == destination.Length;
        }

        destination.Clear();
        long stored = source.Entry.DataOffset;
        foreach (SparseExtent part in parts)
        {
            long start = Math.Max(part.Offset, offset);
            long end = Math.Min(part.Offset + part.Length, offset + destination.Length);
            if (start < end && RandomAccess.Read(source.File, destination[(int)(start - offset)..(int)(end - offset)], stored + start - part.Offset) != end - start)
            {
                return false;
            }

            stored += part.Length;
        }

        return true;
    }
}
