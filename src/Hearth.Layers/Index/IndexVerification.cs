using Hearth.Distribution;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Layers.Index;

/// <summary>Compares an index that somebody else made with the layer, once all of the layer is there.</summary>
public static class IndexVerification
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Whether the index's entries are exactly those of the archive.</summary>
    /// <param name="index">The index.</param>
    /// <param name="content">The layer's uncompressed bytes, all of them.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static bool Describes(LayerIndex index, SafeFileHandle content, CancellationToken cancellationToken)
    {
        try
        {
            TarReader archive = new(new BufferedStream(new ContentStream(content), BufferBytes));
            ArchiveWarnings warnings = new();
            foreach (TarEntry described in index.ReadEntries())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (archive.Next(warnings) is not { } entry || !Encode(entry).SequenceEqual(Encode(described)))
                {
                    return false;
                }
            }

            return archive.Next(warnings) is null;
        }
        catch (Exception exception) when (exception is ArchiveException or ImageException)
        {
            return false;
        }
    }

    private static ReadOnlySpan<byte> Encode(TarEntry entry)
    {
        MemoryStream record = new();
        using BinaryWriter writer = new(record);
        EntryRecords.Write(writer, entry);
        writer.Flush();
        return record.GetBuffer().AsSpan(0, (int)record.Length);
    }

    /// <summary>Reads a file from its beginning, without its position.</summary>
    private sealed class ContentStream(SafeFileHandle file) : ForwardStream
    {
        private long position;

        public override int Read(Span<byte> buffer)
        {
            int count = RandomAccess.Read(file, buffer, position);
            position += count;
            return count;
        }
    }
}
