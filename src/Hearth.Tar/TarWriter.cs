namespace Hearth.Tar;

/// <summary>Writes an archive from front to back: ustar, with pax records before an entry that needs them.</summary>
/// <param name="target">Where the archive goes; the caller keeps its ownership.</param>
public sealed class TarWriter(Stream target)
{
    /// <summary>The end of an archive: zeros, and all of an empty archive.</summary>
    public const int EndBytes = 2 * TarHeader.BlockBytes;

    private const int BufferBytes = 64 << 10;

    private static readonly byte[] nameOfRecords = "pax"u8.ToArray();

    private readonly byte[] buffer = new byte[BufferBytes];
    private int length;
    private long size;
    private long left;

    /// <summary>Begins an entry. All data of a file must follow; of a sparse file, all of its extents.</summary>
    public void Begin(TarEntry entry)
    {
        byte[] map = entry.Extents is { } extents ? SparseMap.ComposeLines(extents, entry.SizeInBytes) : [];
        TarEntry stored = entry.Extents is null ? entry : entry with { SizeInBytes = map.Length + SparseMap.DataBytes(entry.Extents) };
        byte[] records = PaxRecords.Compose(stored, entry.Extents is null ? null : entry.SizeInBytes);
        if (records.Length > 0)
        {
            WriteHeader(new TarEntry { Type = entry.Type, Name = nameOfRecords, Mode = 0x1a4, UserId = 0, GroupId = 0, SizeInBytes = records.Length, Modified = default }, (byte)'x');
            Append(records);
            Pad(records.Length);
        }

        WriteHeader(stored, (byte)entry.Type);
        size = left = stored.SizeInBytes;
        if (map.Length > 0)
        {
            Write(map);
        }
    }

    /// <summary>Writes data of the current entry.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        Append(data);
        left -= data.Length;
        if (left == 0)
        {
            Pad(size);
        }
    }

    /// <summary>Ends the archive.</summary>
    public void End()
    {
        Span<byte> blocks = stackalloc byte[EndBytes];
        blocks.Clear();
        Append(blocks);
        Flush();
    }

    private void WriteHeader(TarEntry entry, byte type)
    {
        Span<byte> block = stackalloc byte[TarHeader.BlockBytes];
        block.Clear();
        TarHeader.Write(block, entry, type);
        Append(block);
    }

    private void Pad(long dataBytes)
    {
        Span<byte> zeros = stackalloc byte[TarHeader.BlockBytes];
        zeros.Clear();
        Append(zeros[..(int)(-dataBytes & (TarHeader.BlockBytes - 1))]);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, buffer.Length - length);
            bytes[..count].CopyTo(buffer.AsSpan(length));
            length += count;
            bytes = bytes[count..];
            if (length == buffer.Length)
            {
                Flush();
            }
        }
    }

    private void Flush()
    {
        target.Write(buffer, 0, length);
        length = 0;
    }
}
