using System.Text;
using Hearth.Linux.Files;

namespace Hearth.Tar;

/// <summary>
/// The 512-byte block before an entry: POSIX.1-1988's ustar with GNU's extensions, as text and octal numbers.
/// <code>
/// name 100 | mode 8 | uid 8 | gid 8 | size 12 | mtime 12 | checksum 8 | typeflag 1 | linkname 100
/// magic 6 | version 2 | uname 32 | gname 32 | devmajor 8 | devminor 8 | prefix 155 | 12 unused
/// </code>
/// </summary>
internal static class TarHeader
{
    internal const int BlockBytes = 512;

    internal const int NameBytes = 100;

    /// <summary>The largest number in eleven octal digits.</summary>
    internal const long MostInTwelveBytes = (1L << 33) - 1;

    /// <summary>The largest number in seven octal digits.</summary>
    internal const long MostInEightBytes = (1L << 21) - 1;

    private const int ModeOffset = 100;
    private const int UserOffset = 108;
    private const int GroupOffset = 116;
    private const int SizeOffset = 124;
    private const int TimeOffset = 136;
    private const int ChecksumOffset = 148;
    private const int TypeOffset = 156;
    private const int LinkOffset = 157;
    private const int MagicOffset = 257;
    private const int MajorOffset = 329;
    private const int MinorOffset = 337;
    private const int PrefixOffset = 345;
    private const int PrefixBytes = 155;
    private const int ShortNumberBytes = 8;
    private const int LongNumberBytes = 12;

    /// <summary>
    /// GNU's flag for a number stored as binary instead of octal digits; together with the next bit, for a negative one.
    /// </summary>
    private const byte BinaryMark = 0x80;

    internal static byte TypeOf(ReadOnlySpan<byte> block) => block[TypeOffset];

    /// <summary>True if the block can be a header: its checksum is correct.</summary>
    internal static bool IsValid(ReadOnlySpan<byte> block)
    {
        int sum = ' ' * ShortNumberBytes;
        for (int i = 0; i < BlockBytes; i++)
        {
            sum += i is >= ChecksumOffset and < ChecksumOffset + ShortNumberBytes ? 0 : block[i];
        }

        return ReadNumber(block.Slice(ChecksumOffset, ShortNumberBytes)) == sum;
    }

    /// <summary>The size of the data that follows.</summary>
    /// <exception cref="ArchiveException">It is negative.</exception>
    internal static long SizeOf(ReadOnlySpan<byte> block) => ReadNumber(block.Slice(SizeOffset, LongNumberBytes)) is >= 0 and long size
        ? size
        : throw new ArchiveException(TarError.Refused, $"{Encoding.UTF8.GetString(NameOf(block))}: its size in the archive is negative");

    /// <summary>Reads the block itself; extended records may override it.</summary>
    internal static TarEntry Read(ReadOnlySpan<byte> block, TarEntryType type) => new()
    {
        Type = type,
        Name = NameOf(block),
        LinkName = ReadText(block.Slice(LinkOffset, NameBytes)).ToArray(),
        Mode = (uint)ReadNumber(block.Slice(ModeOffset, ShortNumberBytes)) & 0xfff,
        UserId = (uint)ReadNumber(block.Slice(UserOffset, ShortNumberBytes)),
        GroupId = (uint)ReadNumber(block.Slice(GroupOffset, ShortNumberBytes)),
        Modified = new FileTime(ReadNumber(block.Slice(TimeOffset, LongNumberBytes)), 0),
        DeviceMajor = (uint)ReadNumber(block.Slice(MajorOffset, ShortNumberBytes)),
        DeviceMinor = (uint)ReadNumber(block.Slice(MinorOffset, ShortNumberBytes)),
    };

    /// <summary>Writes a header. What does not fit is truncated; the caller writes it to extended records before.</summary>
    /// <param name="block">All zeros.</param>
    /// <param name="entry">The entry to describe.</param>
    /// <param name="type">The typeflag to write; it may differ from the entry's type.</param>
    internal static void Write(Span<byte> block, TarEntry entry, byte type)
    {
        CopyCut(entry.Name, block[..NameBytes]);
        WriteNumber(block.Slice(ModeOffset, ShortNumberBytes), entry.Mode);
        WriteNumber(block.Slice(UserOffset, ShortNumberBytes), Math.Min(entry.UserId, MostInEightBytes));
        WriteNumber(block.Slice(GroupOffset, ShortNumberBytes), Math.Min(entry.GroupId, MostInEightBytes));
        WriteNumber(block.Slice(SizeOffset, LongNumberBytes), Math.Min(entry.SizeInBytes, MostInTwelveBytes));
        WriteNumber(block.Slice(TimeOffset, LongNumberBytes), Math.Clamp(entry.Modified.Seconds, 0, MostInTwelveBytes));
        block[TypeOffset] = type;
        CopyCut(entry.LinkName, block.Slice(LinkOffset, NameBytes));
        "ustar\000"u8.CopyTo(block[MagicOffset..]);
        WriteNumber(block.Slice(MajorOffset, ShortNumberBytes), entry.DeviceMajor);
        WriteNumber(block.Slice(MinorOffset, ShortNumberBytes), entry.DeviceMinor);

        int sum = ' ' * ShortNumberBytes;
        foreach (byte value in block)
        {
            sum += value;
        }

        // Six digits, a NUL, a space, as historical tar writes it.
        WriteNumber(block.Slice(ChecksumOffset, ShortNumberBytes - 1), sum);
        block[ChecksumOffset + ShortNumberBytes - 1] = (byte)' ';
    }

    private static byte[] NameOf(ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> name = ReadText(block[..NameBytes]);

        // GNU's header has other fields in place of the prefix, and a space in place of the NUL in ustar's magic.
        ReadOnlySpan<byte> prefix = block.Slice(MagicOffset, 6).SequenceEqual("ustar\0"u8) ? ReadText(block.Slice(PrefixOffset, PrefixBytes)) : [];
        return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
    }

    private static ReadOnlySpan<byte> ReadText(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    /// <summary>Reads octal digits, or GNU's binary form.</summary>
    internal static long ReadNumber(ReadOnlySpan<byte> field)
    {
        if ((field[0] & BinaryMark) != 0)
        {
            long binary = (field[0] & 0x40) != 0 ? -1 : 0;
            foreach (byte value in field[1..])
            {
                binary = (binary << 8) | value;
            }

            return binary;
        }

        long number = 0;
        foreach (byte digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                break;
            }

            number = (number << 3) | (uint)(digit - '0');
        }

        return number;
    }

    private static void WriteNumber(Span<byte> field, long number)
    {
        for (int i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (number & 7));
            number >>= 3;
        }
    }

    private static void CopyCut(ReadOnlySpan<byte> text, Span<byte> field) => text[..Math.Min(text.Length, field.Length)].CopyTo(field);
}
