using System.Globalization;
using System.Text;
using Hearth.Distribution;
using Hearth.Layers.Index;
using Hearth.Linux.Files;
using Hearth.Tar;
using ZstdSharp;

namespace Hearth.Images.Indexes.Foreign;

/// <summary>From the words of others' tables to a layer's entries.</summary>
internal static class ForeignEntries
{
    private const uint PermissionBits = 0xfff;

    /// <summary>What JSON has for bytes that are not valid text: the name is lost.</summary>
    private const char Replacement = '\ufffd';

    /// <summary>The records of entries as a zstd frame, as an index has them.</summary>
    public static byte[] Compress(IEnumerable<TarEntry> entries)
    {
        MemoryStream records = new();
        using (CompressionStream stream = new(records, level: 1, leaveOpen: true))
        using (BinaryWriter writer = new(new BufferedStream(stream, 1 << 16)))
        {
            foreach (TarEntry entry in entries)
            {
                EntryRecords.Write(writer, entry);
            }
        }

        return records.ToArray();
    }

    /// <exception cref="ImageException">The word is unknown.</exception>
    public static TarEntryType TypeOf(string? word) => word switch
    {
        "reg" => TarEntryType.File,
        "hardlink" => TarEntryType.HardLink,
        "symlink" => TarEntryType.SymbolicLink,
        "char" => TarEntryType.CharacterDevice,
        "block" => TarEntryType.BlockDevice,
        "dir" => TarEntryType.Directory,
        "fifo" => TarEntryType.Fifo,
        _ => throw Malformed("a type is unknown"),
    };

    /// <exception cref="ImageException">It is empty, or was no valid text.</exception>
    public static byte[] Name(string? text) => !string.IsNullOrEmpty(text) && !text.Contains(Replacement, StringComparison.Ordinal)
        ? Name(Encoding.UTF8.GetBytes(text))
        : throw Malformed("a name is empty, or not valid UTF-8");

    /// <exception cref="ImageException">It is empty.</exception>
    public static byte[] Name(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && !bytes.Contains((byte)0) ? bytes.ToArray() : throw Malformed("a name is empty, or has a NUL");

    public static uint ModeOf(long mode) => (uint)mode & PermissionBits;

    /// <exception cref="ImageException">It does not fit.</exception>
    public static uint Number(long number) => number is >= 0 and <= uint.MaxValue ? (uint)number : throw Malformed($"an owner or a device has the number {number}");

    /// <summary>Reads a time of RFC 3339 with up to 9 digits of a second; an empty one is the beginning of 1970.</summary>
    /// <exception cref="ImageException">It is malformed.</exception>
    public static FileTime Time(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return default;
        }

        int point = text.IndexOf('.', StringComparison.Ordinal);
        int end = point < 0 ? -1 : text.AsSpan(point + 1).IndexOfAnyExceptInRange('0', '9');
        string digits = point < 0 ? "" : end < 0 ? text[(point + 1)..] : text.Substring(point + 1, end);
        string whole = point < 0 ? text : text.Remove(point, digits.Length + 1);
        return digits.Length <= 9 && DateTimeOffset.TryParseExact(whole, "yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? new FileTime(time.ToUnixTimeSeconds(), uint.Parse(digits.PadRight(9, '0'), NumberStyles.None, CultureInfo.InvariantCulture))
            : throw Malformed($"the time '{text}' is malformed");
    }

    private static ImageException Malformed(string cause) => new(ImageError.Malformed, $"cannot read the layer's table of contents: {cause}");
}
