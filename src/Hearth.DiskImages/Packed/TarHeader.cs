using System.Buffers;
using System.Globalization;
using System.Text;

namespace Hearth.DiskImages.Packed;

/// <summary>
/// One 512-byte header of the ustar format (POSIX.1-1988). If a value does not fit, an extended header of the pax format
/// (POSIX.1-2001) precedes it. Fields are in the order of the format.
/// </summary>
internal sealed class TarHeader
{
    internal const int SizeInBytes = 512;
    internal const byte RegularFile = (byte)'0';
    internal const byte HardLink = (byte)'1';
    internal const byte SymbolicLink = (byte)'2';
    internal const byte CharacterDevice = (byte)'3';
    internal const byte BlockDevice = (byte)'4';
    internal const byte Directory = (byte)'5';
    internal const byte Fifo = (byte)'6';
    private const byte Extension = (byte)'x';

    /// <summary>A GNU tar extension: the content is the target of the link that follows, with a NUL.</summary>
    private const byte LongTarget = (byte)'K';

    private const int MaxName = 100;

    /// <summary>Seven octal digits.</summary>
    private const long MaxOwner = 0x1FFFFF;

    /// <summary>Eleven octal digits.</summary>
    private const long MaxNumber = 0x1FFFFFFFF;

    private readonly ArrayBufferWriter<byte> extension = new();

    internal required byte Type { get; init; }

    internal required ReadOnlyMemory<byte> Path { get; init; }

    internal ReadOnlyMemory<byte> LinkTarget { get; init; }

    internal ushort Permissions { get; init; }

    internal uint Uid { get; init; }

    internal uint Gid { get; init; }

    internal long Size { get; init; }

    internal long ModifiedSeconds { get; init; }

    internal uint DeviceMajor { get; init; }

    internal uint DeviceMinor { get; init; }

    /// <summary>Adds a record to the extended header.</summary>
    internal void Extend(ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value)
    {
        // A record begins with its own length, including the digits of that length.
        int rest = 1 + keyword.Length + 1 + value.Length + 1;
        int length = rest + 1;
        while (rest + DigitsOf(length) != length)
        {
            length = rest + DigitsOf(length);
        }

        extension.Write(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)));
        extension.Write(" "u8);
        extension.Write(keyword);
        extension.Write("="u8);
        extension.Write(value);
        extension.Write("\n"u8);
    }

    internal void WriteTo(Stream stream)
    {
        if (Path.Length > MaxName)
        {
            Extend("path"u8, Path.Span);
        }

        if (LinkTarget.Length > MaxName)
        {
            // mksquashfs removes the slash of an absolute "linkpath", but not that of a long target in GNU tar's form.
            WriteBefore(stream, LongTarget, "././@LongLink"u8, [.. LinkTarget.Span, 0]);
        }

        ExtendIfBeyond("uid"u8, Uid, MaxOwner);
        ExtendIfBeyond("gid"u8, Gid, MaxOwner);
        ExtendIfBeyond("size"u8, Size, MaxNumber);
        ExtendIfBeyond("mtime"u8, ModifiedSeconds, MaxNumber);
        if (extension.WrittenCount > 0)
        {
            WriteBefore(stream, Extension, "extended"u8, extension.WrittenSpan);
        }

        stream.Write(ToBytes());
    }

    /// <summary>Writes a header and its content, which apply to the entry that follows.</summary>
    private static void WriteBefore(Stream stream, byte type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        TarHeader header = new() { Type = type, Path = name.ToArray(), Permissions = 0x1A4, Size = content.Length };
        stream.Write(header.ToBytes());
        stream.Write(content);
        stream.Write(new byte[-content.Length & (SizeInBytes - 1)]);
    }

    private static int DigitsOf(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private void ExtendIfBeyond(ReadOnlySpan<byte> keyword, long value, long limit)
    {
        if (value < 0 || value > limit)
        {
            Extend(keyword, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private byte[] ToBytes()
    {
        byte[] header = new byte[SizeInBytes];
        Name(header.AsSpan(0, MaxName), Path.Span);
        Octal(header.AsSpan(100, 8), Permissions);
        Octal(header.AsSpan(108, 8), Math.Min(Uid, MaxOwner));
        Octal(header.AsSpan(116, 8), Math.Min(Gid, MaxOwner));
        Octal(header.AsSpan(124, 12), Math.Min(Size, MaxNumber));
        Octal(header.AsSpan(136, 12), Math.Clamp(ModifiedSeconds, 0, MaxNumber));
        header.AsSpan(148, 8).Fill((byte)' ');
        header[156] = Type;
        Name(header.AsSpan(157, MaxName), LinkTarget.Span);
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        Octal(header.AsSpan(329, 8), DeviceMajor);
        Octal(header.AsSpan(337, 8), DeviceMinor);
        int sum = 0;
        foreach (byte value in header)
        {
            sum += value;
        }

        Octal(header.AsSpan(148, 7), sum);
        return header;
    }

    private static void Name(Span<byte> field, ReadOnlySpan<byte> name) => name[..Math.Min(name.Length, field.Length)].CopyTo(field);

    /// <summary>Octal digits with leading zeros, and a NUL.</summary>
    private static void Octal(Span<byte> field, long value)
    {
        field[^1] = 0;
        for (int i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
    }
}
