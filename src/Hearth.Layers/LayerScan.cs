using System.Security.Cryptography;
using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Layers.Index;
using Hearth.Layers.Spans;
using Hearth.Tar;
using ZstdSharp;

namespace Hearth.Layers;

/// <summary>
/// Reads a whole layer once, from front to back: decompresses it, writes the uncompressed bytes to a file, hashes them, and
/// makes the index. Memory use does not depend on the layer's size, except for the index without its windows.
/// </summary>
public static class LayerScan
{
    private const int CopyBytes = 128 << 10;

    /// <param name="compressed">The layer as the registry has it. It is read to its end.</param>
    /// <param name="layer">The digest that the layer must have.</param>
    /// <param name="expected">The digest that the content should have: the index has the one by the same algorithm that it has.</param>
    /// <param name="compression">Its compression.</param>
    /// <param name="target">Receives the uncompressed bytes.</param>
    /// <param name="windows">Receives the windows of the index's spans; empty at first.</param>
    /// <param name="warnings">Receives what the index has no place for.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ImageException">The layer is damaged, has another digest, or is no archive.</exception>
    public static LayerIndex Run(
        Stream compressed, Digest layer, Digest expected, LayerCompression compression, LayerContentWriter target, Stream windows, ArchiveWarnings warnings, CancellationToken cancellationToken)
    {
        using IncrementalHash layerHash = layer.CreateHash();
        using IncrementalHash contentHash = expected.CreateHash();
        using SpanRecorder recorder = new(windows);
        using TappedStream source = new(compressed, bytes =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            layerHash.AppendData(bytes);
        });
        using DecompressingStream decompressing = DecompressingStream.Open(compression, source, recorder);
        using TappedStream content = new(decompressing, bytes =>
        {
            contentHash.AppendData(bytes);
            target.Write(bytes);
            DecompressionLimit.Check(recorder.Position, recorder.CompressedPosition, $"the layer {layer}");
        });

        (byte[] entries, int count, byte[] fileDigests) = ReadEntries(new TarReader(content), layer, warnings);
        content.CopyTo(Stream.Null, CopyBytes);
        recorder.Finish();
        source.CopyTo(Stream.Null, CopyBytes);
        byte[] found = layerHash.GetHashAndReset();
        if (!layer.Matches(found))
        {
            throw new ImageException(
                ImageError.DigestMismatch, $"cannot use the layer {layer}: its bytes have the digest {layer.With(found)}; the source or the connection is faulty");
        }

        target.Finish();
        if (!recorder.IsUsable)
        {
            windows.SetLength(0);
        }

        windows.Flush();
        return new LayerIndex
        {
            Layer = layer,
            Content = expected.With(contentHash.GetHashAndReset()),
            Compression = compression,
            CompressedSize = recorder.CompressedPosition,
            Size = recorder.Position,
            EntryCount = count,
            Entries = entries,
            FileDigests = fileDigests,
            Spans = recorder.IsUsable ? recorder.Spans : [],
            WindowsDigest = recorder.IsUsable ? recorder.WindowsDigest : Digest.Of([]),
        };
    }

    private static (byte[] Records, int Count, byte[] FileDigests) ReadEntries(TarReader archive, Digest layer, ArchiveWarnings warnings)
    {
        MemoryStream records = new();
        MemoryStream digests = new();
        int count = 0;
        byte[] buffer = new byte[CopyBytes];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (CompressionStream stream = new(records, level: 3, leaveOpen: true))
        using (BinaryWriter writer = new(new BufferedStream(stream, 1 << 16)))
        {
            try
            {
                for (; archive.Next(warnings) is { } entry; count++)
                {
                    if (count == LayerIndex.MostEntries)
                    {
                        throw new ImageException(ImageError.Malformed, $"cannot use the layer {layer}: it has more than {LayerIndex.MostEntries} entries");
                    }

                    EntryRecords.Write(writer, entry);
                    if (entry.Type == TarEntryType.File)
                    {
                        digests.Write(DigestOf(entry, archive, hash, buffer));
                    }
                }
            }
            catch (ArchiveException exception)
            {
                throw new ImageException(ImageError.Malformed, $"cannot use the layer {layer}: {exception.Message}", exception);
            }
        }

        return (records.ToArray(), count, digests.ToArray());
    }

    /// <summary>A sparse file has none: its holes can be longer than any disk.</summary>
    private static ReadOnlySpan<byte> DigestOf(TarEntry entry, TarReader archive, IncrementalHash hash, byte[] buffer)
    {
        if (entry.Extents is not null)
        {
            return new byte[LayerIndex.FileDigestBytes];
        }

        for (int length; (length = archive.Read(buffer)) > 0;)
        {
            hash.AppendData(buffer, 0, length);
        }

        return hash.GetHashAndReset().AsSpan(0, LayerIndex.FileDigestBytes);
    }
}
