namespace Hearth.Tar;

/// <summary>
/// Reads an archive from front to back: ustar, pax, GNU's long names and large numbers. Whatever the archive contains, memory
/// use stays within the limits below. .NET's own reader decodes names as text and corrupts those that are not valid text.
/// </summary>
/// <param name="source">The archive; the caller keeps its ownership.</param>
public sealed class TarReader(Stream source)
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Each attribute of a file is at most 64 KiB, and a file has few.</summary>
    private const int MaxRecordsBytes = 1 << 20;

    private const byte PaxOfEntry = (byte)'x';
    private const byte PaxOfAll = (byte)'g';
    private const byte GnuLongName = (byte)'L';
    private const byte GnuLongLink = (byte)'K';
    private const byte GnuSparse = (byte)'S';

    private readonly byte[] buffer = new byte[BufferBytes];
    private readonly PaxRecords ofAll = new();
    private int start;
    private int end;
    private long taken;
    private long left;
    private long padding;
    private SparseReading? sparse;
    private string current = "its first entry";

    /// <summary>Reads the next entry and skips unread data of the last one.</summary>
    /// <returns>Null at the end of the archive.</returns>
    /// <exception cref="ArchiveException">The data is not an archive, is truncated, or uses an unsupported feature.</exception>
    public TarEntry? Next(ArchiveWarnings warnings)
    {
        PaxRecords records = new(ofAll);
        Span<byte> block = stackalloc byte[TarHeader.BlockBytes];
        while (true)
        {
            SkipData();
            if (!TryReadBlock(block))
            {
                return null;
            }

            byte type = TarHeader.TypeOf(block);
            left = TarHeader.SizeOf(block);
            padding = PaddingOf(left);
            switch (type)
            {
                case PaxOfAll:
                    ofAll.Add(ReadAll());
                    break;
                case PaxOfEntry:
                    records.Add(ReadAll());
                    break;
                case GnuLongName:
                    records.Set("path", ReadLongName());
                    break;
                case GnuLongLink:
                    records.Set("linkpath", ReadLongName());
                    break;
                default:
                    if (Understand(block, type, records, warnings) is { } entry)
                    {
                        return entry;
                    }

                    records = new PaxRecords(ofAll);
                    break;
            }
        }
    }

    /// <summary>Reads data of the current entry; 0 at its end. Holes of a sparse file are read as zeros.</summary>
    public int Read(Span<byte> destination) => sparse?.Read(destination, ReadStored) ?? ReadStored(destination);

    private int ReadStored(Span<byte> destination)
    {
        int wanted = (int)Math.Min(destination.Length, left);
        if (wanted == 0)
        {
            return 0;
        }

        int count = ReadSome(destination[..wanted]);
        left -= count;
        return count > 0 ? count : throw EndsInTheMiddle();
    }

    /// <summary>
    /// Reads and discards everything after the archive's end, so that its writer does not fail with a broken pipe.
    /// </summary>
    public void DrainToEnd()
    {
        do
        {
            start = end = 0;
        }
        while (Fill());
    }

    /// <summary>Turns a header and its records into an entry and sets how much data follows.</summary>
    /// <returns>Null if the entry is left out.</returns>
    private TarEntry? Understand(ReadOnlySpan<byte> block, byte type, PaxRecords records, ArchiveWarnings warnings)
    {
        (TarEntry entry, long size) = records.Apply(TarHeader.Read(block, TarEntryType.File), left);
        current = entry.ShownName;

        // Only files have data. Some writers store the target's size in a hard link, but no data follows it.
        bool isFile = type is 0 or (byte)'0' or (byte)'7' or GnuSparse || type is < (byte)'0' or > (byte)'7';
        left = isFile ? size : 0;
        padding = PaddingOf(left);
        switch (type)
        {
            case GnuSparse:
                return UnderstandSparse(entry, TarHeader.ReadNumber(block.Slice(SparseMap.SizeOffset, 12)), ReadPairs(block, entry.ShownName));
            case 0 or (byte)'0' or (byte)'7' when records.SparseSize is long sparseSize:
                return UnderstandSparse(entry, sparseSize, records.SparseText is { } map ? SparseMap.Parse(map, entry.ShownName) : ReadLines(entry.ShownName));
            case 0 or (byte)'0' or (byte)'7':
                return entry.Name.AsSpan().EndsWith("/"u8)
                    ? entry with { Type = TarEntryType.Directory }
                    : entry with { SizeInBytes = size, DataOffset = Position };
            case >= (byte)'1' and <= (byte)'6':
                return entry with { Type = (TarEntryType)type };
            default:
                warnings.Add($"{entry.ShownName}: an entry of the unknown type '{(char)type}' was left out");
                return null;
        }
    }

    private TarEntry UnderstandSparse(TarEntry entry, long sizeInBytes, List<SparseExtent> map)
    {
        IReadOnlyList<SparseExtent> extents = SparseMap.Check(map, sizeInBytes, left, entry.ShownName);
        sparse = new SparseReading(extents, sizeInBytes);
        return entry with { SizeInBytes = sizeInBytes, DataOffset = Position, Extents = extents };
    }

    /// <summary>Reads the map in the header and in the blocks that follow it; they do not count as data.</summary>
    private List<SparseExtent> ReadPairs(ReadOnlySpan<byte> header, string name)
    {
        List<SparseExtent> map = [];
        SparseMap.AddPairs(map, header.Slice(SparseMap.MapOffset, SparseMap.PairsInHeader * SparseMap.PairBytes), name);
        Span<byte> block = stackalloc byte[TarHeader.BlockBytes];
        for (bool more = header[SparseMap.MoreOffset] != 0; more; more = block[SparseMap.MoreOffsetInBlock] != 0)
        {
            ReadFully(block);
            SparseMap.AddPairs(map, block[..(SparseMap.PairsInBlock * SparseMap.PairBytes)], name);
        }

        return map;
    }

    /// <summary>Reads the map at the beginning of the data, which fills whole blocks.</summary>
    private List<SparseExtent> ReadLines(string name)
    {
        long before = left;
        List<SparseExtent> map = SparseMap.ReadLines(() => ReadNumberLine(name), name);
        for (long rest = -(before - left) & (TarHeader.BlockBytes - 1); rest > 0; rest--)
        {
            _ = ReadStoredByte(name);
        }

        return map;
    }

    private long ReadNumberLine(string name)
    {
        const int MostDigits = 19;
        string digits = "";
        for (byte digit; (digit = ReadStoredByte(name)) != '\n';)
        {
            digits += digits.Length < MostDigits ? (char)digit : throw SparseMap.Malformed(name, "a number is too long");
        }

        return SparseMap.Number(digits, name);
    }

    private byte ReadStoredByte(string name)
    {
        Span<byte> one = stackalloc byte[1];
        return ReadStored(one) == 1 ? one[0] : throw SparseMap.Malformed(name, "it does not fit in the data");
    }

    private byte[] ReadLongName()
    {
        byte[] name = ReadAll();
        int end = name.AsSpan().IndexOf((byte)0);
        return end < 0 ? name : name[..end];
    }

    private byte[] ReadAll()
    {
        if (left > MaxRecordsBytes)
        {
            throw new ArchiveException(
                TarError.Refused,
                $"the archive has an extended header of {left} bytes after {current}; at most {MaxRecordsBytes} are supported");
        }

        byte[] all = new byte[left];
        ReadFully(all);
        left = 0;
        return all;
    }

    private void SkipData()
    {
        if (Skip(left) < left)
        {
            throw EndsInTheMiddle();
        }

        // Some writers end the archive right after the data of its last entry (umoci insert), and Go's reader accepts that.
        _ = Skip(padding);
        left = padding = 0;
        sparse = null;
    }

    /// <returns>The number of bytes that were skipped; fewer than wanted at the end of the stream.</returns>
    private long Skip(long wanted)
    {
        Span<byte> skipped = stackalloc byte[4096];
        long rest = wanted - Seek(wanted);
        while (rest > 0 && ReadSome(skipped[..(int)Math.Min(rest, skipped.Length)]) is > 0 and int count)
        {
            rest -= count;
        }

        return wanted - rest;
    }

    /// <summary>Moves over bytes that are not in the buffer, if the archive is a file.</summary>
    /// <returns>The number of bytes that were skipped.</returns>
    private long Seek(long wanted)
    {
        int buffered = end - start;
        if (!source.CanSeek || wanted <= buffered)
        {
            return 0;
        }

        long step = Math.Clamp(source.Length - source.Position, 0, wanted - buffered);
        source.Seek(step, SeekOrigin.Current);
        taken += step;
        start = end = 0;
        return buffered + step;
    }

    /// <summary>The number of bytes of the archive that were read or skipped.</summary>
    private long Position => taken - (end - start);

    /// <summary>Reads the next header.</summary>
    /// <returns>False at the end of the archive: a block of zeros or the end of the stream.</returns>
    private bool TryReadBlock(Span<byte> block)
    {
        int count = ReadSome(block);
        if (count == 0)
        {
            return false;
        }

        ReadFully(block[count..]);
        if (!block.ContainsAnyExcept((byte)0))
        {
            return false;
        }

        return TarHeader.IsValid(block)
            ? true
            : throw new ArchiveException(TarError.Refused, $"this is not a tar archive, or it is damaged after {current}");
    }

    private void ReadFully(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int count = ReadSome(destination);
            destination = count > 0 ? destination[count..] : throw EndsInTheMiddle();
        }
    }

    private int ReadSome(Span<byte> destination)
    {
        if (destination.IsEmpty || (start == end && !Fill()))
        {
            return 0;
        }

        int count = Math.Min(destination.Length, end - start);
        buffer.AsSpan(start, count).CopyTo(destination);
        start += count;
        return count;
    }

    private bool Fill()
    {
        start = 0;
        end = source.Read(buffer);
        taken += end;
        return end > 0;
    }

    private ArchiveException EndsInTheMiddle() => new(TarError.Refused, $"the archive ends in the middle of {current}");

    private static long PaddingOf(long size) => -size & (TarHeader.BlockBytes - 1);
}
