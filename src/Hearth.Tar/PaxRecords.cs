using System.Globalization;
using System.Text;
using Hearth.Linux.Files;
using Hearth.Linux.Text;

namespace Hearth.Tar;

/// <summary>
/// Extended records of POSIX.1-2001 (pax), which hold what does not fit in a header: <c>LENGTH KEY=VALUE\n</c>. LENGTH is the
/// length of the whole record in decimal digits.
/// </summary>
/// <param name="defaults">The records that count where these have none of the key; null for none.</param>
internal sealed class PaxRecords(PaxRecords? defaults = null)
{
    /// <summary>Keys and values together, whatever number of headers they come in.</summary>
    internal const int MostBytes = 1 << 20;

    /// <summary>Different keys: every entry has all records of the archive's own.</summary>
    internal const int MostRecords = 4096;

    private const string Path = "path";
    private const string LinkPath = "linkpath";
    private const string Size = "size";
    private const string User = "uid";
    private const string Group = "gid";
    private const string Modified = "mtime";
    private const string AttributePrefix = "SCHILY.xattr.";
    private const string SparsePrefix = "GNU.sparse.";
    private const string SparseOffset = SparsePrefix + "offset";
    private const string SparseLength = SparsePrefix + "numbytes";
    private const string SparsePairs = SparsePrefix + "map";
    private const int NanosecondDigits = 9;

    private readonly Dictionary<string, byte[]> values = new(StringComparer.Ordinal);

    /// <summary>The map of a sparse file, which grows by many records; null for none.</summary>
    private List<byte>? pairs;
    private int bytes;

    /// <summary>Adds the records of a block. A later record overrides an earlier one, and an empty value removes it.</summary>
    /// <exception cref="ArchiveException">The block is malformed.</exception>
    internal void Add(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int blank = text.IndexOf((byte)' ');
            int equals = text.IndexOf((byte)'=');
            if (blank <= 0
                || !int.TryParse(text[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                || length > text.Length || equals < blank || equals >= length || text[length - 1] != '\n')
            {
                throw new ArchiveException(TarError.Refused, "the archive has a malformed extended header");
            }

            Set(ByteText.Decode(text[(blank + 1)..equals]), text[(equals + 1)..(length - 1)]);
            text = text[length..];
        }
    }

    /// <summary>Sets a record. In a sparse file of form 0.0, offsets and lengths come by turns under the same two keys.</summary>
    /// <exception cref="ArchiveException">There are too many records.</exception>
    internal void Set(string key, ReadOnlySpan<byte> value)
    {
        bytes += key.Length + value.Length;
        if (key is SparseOffset or SparseLength or SparsePairs)
        {
            if (pairs is null || key == SparsePairs)
            {
                pairs = [];
            }
            else
            {
                pairs.Add((byte)',');
            }

            pairs.AddRange(value);
        }
        else
        {
            bytes -= values.TryGetValue(key, out byte[]? before) ? key.Length + before.Length : 0;
            values[key] = value.ToArray();
        }

        if (bytes > MostBytes || values.Count > MostRecords)
        {
            throw new ArchiveException(TarError.Refused, string.Create(CultureInfo.InvariantCulture,
                $"the archive has extended headers with more than {MostRecords} records or {MostBytes} bytes for one entry or for all, and at most that is supported"));
        }
    }

    /// <summary>Applies the records to an entry; also returns the number of data bytes that follow it.</summary>
    /// <exception cref="ArchiveException">A number is malformed.</exception>
    internal (TarEntry Entry, long SizeInBytes) Apply(TarEntry entry, long sizeInBytes)
    {
        entry = entry with
        {
            Name = Find(SparsePrefix + "name") ?? Find(Path) ?? entry.Name,
            LinkName = Find(LinkPath) ?? entry.LinkName,
            UserId = Find(User) is { } user ? (uint)Number(User, user) : entry.UserId,
            GroupId = Find(Group) is { } group ? (uint)Number(Group, group) : entry.GroupId,
            Modified = Find(Modified) is { } time ? Time(time) : entry.Modified,
            Attributes = FindAttributes(),
        };
        return (entry, Find(Size) is { } size ? Number(Size, size) : sizeInBytes);
    }

    private List<KeyValuePair<string, byte[]>> FindAttributes()
    {
        List<KeyValuePair<string, byte[]>> found = [];
        AddAttributes(found, values, null);
        if (defaults is not null)
        {
            AddAttributes(found, defaults.values, values);
        }

        return found;
    }

    private static void AddAttributes(List<KeyValuePair<string, byte[]>> found, Dictionary<string, byte[]> records, Dictionary<string, byte[]>? instead)
    {
        foreach ((string key, byte[] value) in records)
        {
            if (key.StartsWith(AttributePrefix, StringComparison.Ordinal) && instead?.ContainsKey(key) != true)
            {
                found.Add(KeyValuePair.Create(key[AttributePrefix.Length..], value));
            }
        }
    }

    /// <summary>The size of a sparse file with its holes; null for other files.</summary>
    internal long? SparseSize => (Find(SparsePrefix + "realsize") ?? Find(SparsePrefix + "size")) is { } size ? Number(SparsePrefix + "size", size) : null;

    /// <summary>The map of a sparse file as text; null if it is before the data.</summary>
    internal string? SparseText => Find(SparsePrefix + "major") is null ? Encoding.ASCII.GetString([.. pairs ?? defaults?.pairs ?? []]) : null;

    /// <summary>The block of records that an entry needs before its header; empty if it needs none.</summary>
    /// <param name="entry">The entry as its header has it.</param>
    /// <param name="sparseBytes">The size of a sparse file, whose map comes before its data (form 1.0); null for other entries.</param>
    internal static byte[] Compose(TarEntry entry, long? sparseBytes = null)
    {
        using MemoryStream records = new();
        if (sparseBytes is { } real)
        {
            Write(records, SparsePrefix + "major", "1"u8);
            Write(records, SparsePrefix + "minor", "0"u8);
            Write(records, SparsePrefix + "name", entry.Name);
            Write(records, SparsePrefix + "realsize", Encoding.ASCII.GetBytes(real.ToString(CultureInfo.InvariantCulture)));
        }

        if (entry.Name.Length > TarHeader.NameBytes)
        {
            Write(records, Path, entry.Name);
        }

        if (entry.LinkName.Length > TarHeader.NameBytes)
        {
            Write(records, LinkPath, entry.LinkName);
        }

        WriteIfAbove(records, Size, entry.SizeInBytes, TarHeader.MostInTwelveBytes);
        WriteIfAbove(records, User, entry.UserId, TarHeader.MostInEightBytes);
        WriteIfAbove(records, Group, entry.GroupId, TarHeader.MostInEightBytes);
        if (entry.Modified is { Nanoseconds: > 0 } or { Seconds: < 0 or > TarHeader.MostInTwelveBytes })
        {
            Write(records, Modified, Encoding.ASCII.GetBytes(Format(entry.Modified)));
        }

        foreach ((string name, byte[] value) in entry.Attributes)
        {
            Write(records, AttributePrefix + name, value);
        }

        return records.ToArray();
    }

    private static void WriteIfAbove(MemoryStream records, string key, long value, long most)
    {
        if (value > most)
        {
            Write(records, key, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static void Write(MemoryStream records, string key, ReadOnlySpan<byte> value)
    {
        byte[] name = ByteText.Encode(key);
        int rest = name.Length + value.Length + " =\n".Length;

        // The length counts its own digits; adding them may make it one digit longer.
        int length = rest + Digits(rest);
        length = rest + Digits(length);
        records.Write(Encoding.ASCII.GetBytes($"{length} "));
        records.Write(name);
        records.WriteByte((byte)'=');
        records.Write(value);
        records.WriteByte((byte)'\n');
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private byte[]? Find(string key) => values.TryGetValue(key, out byte[]? value) ? value.Length > 0 ? value : null : defaults?.Find(key);

    private static long Number(string key, byte[] value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new ArchiveException(TarError.Refused, $"the archive has an extended header whose {key} is not a number");

    /// <summary>Parses seconds with a fraction. In a negative time, the fraction counts downwards, as its digits do.</summary>
    private static FileTime Time(byte[] value)
    {
        string text = Encoding.ASCII.GetString(value);
        int point = text.IndexOf('.', StringComparison.Ordinal);
        string whole = point < 0 ? text : text[..point];
        string fraction = point < 0 ? "" : text[(point + 1)..].PadRight(NanosecondDigits, '0')[..NanosecondDigits];
        if (!long.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds)
            || !uint.TryParse(fraction.Length == 0 ? "0" : fraction, NumberStyles.None, CultureInfo.InvariantCulture, out uint nanoseconds))
        {
            throw new ArchiveException(TarError.Refused, $"the archive has an extended header whose {Modified} is not a time");
        }

        return whole.StartsWith('-') && nanoseconds > 0
            ? new FileTime(seconds - 1, NanosecondsPerSecond - nanoseconds)
            : new FileTime(seconds, nanoseconds);
    }

    private static string Format(FileTime time)
    {
        (long seconds, uint nanoseconds) = time is { Seconds: < 0, Nanoseconds: > 0 }
            ? (time.Seconds + 1, NanosecondsPerSecond - time.Nanoseconds)
            : (time.Seconds, time.Nanoseconds);
        string sign = time.Seconds < 0 ? "-" : "";
        return $"{sign}{Math.Abs(seconds).ToString(CultureInfo.InvariantCulture)}.{nanoseconds.ToString(CultureInfo.InvariantCulture).PadLeft(NanosecondDigits, '0')}";
    }

    private const uint NanosecondsPerSecond = 1_000_000_000;
}
