using System.Buffers.Binary;

namespace Hearth.FileTree.Programs;

/// <summary>
/// What a 64-bit little-endian program or library needs to be started, by its program headers and dynamic section (System V ABI, chapters 4 and 5).
/// </summary>
/// <param name="Loader">The program's interpreter; null for a library, and for a static program.</param>
/// <param name="Libraries">By name, or by path if it has a slash.</param>
/// <param name="Directories">In which its libraries are looked for before all others; <c>$ORIGIN</c> is not replaced.</param>
internal sealed record ElfFile(byte[]? Loader, IReadOnlyList<byte[]> Libraries, IReadOnlyList<byte[]> Directories)
{
    private const int HeaderBytes = 64;
    private const int ProgramHeaderBytes = 56;
    private const int MostProgramHeaders = 64;
    private const int DynamicEntryBytes = 16;
    private const int MostDynamicBytes = 16 << 10;
    private const int MostTextBytes = 4096;
    private const int MostLibraries = 64;
    private const int MostDirectories = 16;

    private const uint LoadSegment = 1;
    private const uint DynamicSegment = 2;
    private const uint InterpreterSegment = 3;

    private const long NeededTag = 1;
    private const long StringTableTag = 5;
    private const long OldPathTag = 15;
    private const long PathTag = 29;

    /// <summary>Reads bytes from a place; fewer at the file's end.</summary>
    internal delegate Task<ReadOnlyMemory<byte>> Reader(long offset, int count);

    /// <returns>Null if the file is no such program, or damaged.</returns>
    public static async Task<ElfFile?> TryReadAsync(Reader read)
    {
        ReadOnlyMemory<byte> header = await read(0, HeaderBytes).ConfigureAwait(false);
        if (header.Length < HeaderBytes || !header.Span.StartsWith("\x7f"u8) || !header.Span[1..].StartsWith("ELF\x02\x01"u8))
        {
            return null;
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(header.Span[56..]);
        long table = BinaryPrimitives.ReadInt64LittleEndian(header.Span[32..]);
        bool isUsual = BinaryPrimitives.ReadUInt16LittleEndian(header.Span[54..]) == ProgramHeaderBytes && count is > 0 and <= MostProgramHeaders;
        ReadOnlyMemory<byte> headers = isUsual ? await read(table, count * ProgramHeaderBytes).ConfigureAwait(false) : default;
        Segment[] segments = [.. Enumerable.Range(0, headers.Length / ProgramHeaderBytes).Select(number => Segment.Read(headers.Span[(number * ProgramHeaderBytes)..]))];

        byte[]? loader = null;
        if (segments.FirstOrDefault(segment => segment.Type == InterpreterSegment) is { FileBytes: > 1 and <= MostTextBytes } interpreter)
        {
            loader = TextOf(await read(interpreter.Offset, (int)interpreter.FileBytes).ConfigureAwait(false));
        }

        (long Tag, long Value)[] entries = [];
        if (segments.FirstOrDefault(segment => segment.Type == DynamicSegment) is { FileBytes: > 0 } section)
        {
            entries = ReadEntries((await read(section.Offset, (int)Math.Min(section.FileBytes, MostDynamicBytes)).ConfigureAwait(false)).Span);
        }

        long strings = entries.FirstOrDefault(entry => entry.Tag == StringTableTag).Value;
        Segment holder = segments.FirstOrDefault(segment => segment.Type == LoadSegment && strings >= segment.Address && strings - segment.Address < segment.FileBytes);
        List<byte[]> libraries = [];
        List<byte[]> directories = [];
        foreach ((long tag, long value) in holder.FileBytes == 0 ? [] : entries.Where(entry => entry.Tag is NeededTag or OldPathTag or PathTag && entry.Value >= 0).Take(MostLibraries))
        {
            byte[] text = TextOf(await read(holder.Offset + (strings - holder.Address) + value, MostTextBytes).ConfigureAwait(false));
            (tag == NeededTag ? libraries : directories).Add(text);
        }

        return new ElfFile(loader, libraries, [.. directories.SelectMany(SplitPaths).Take(MostDirectories)]);
    }

    private static (long Tag, long Value)[] ReadEntries(ReadOnlySpan<byte> section)
    {
        List<(long, long)> entries = [];
        for (; section.Length >= DynamicEntryBytes && BinaryPrimitives.ReadInt64LittleEndian(section) != 0; section = section[DynamicEntryBytes..])
        {
            entries.Add((BinaryPrimitives.ReadInt64LittleEndian(section), BinaryPrimitives.ReadInt64LittleEndian(section[sizeof(long)..])));
        }

        return [.. entries];
    }

    private static byte[] TextOf(ReadOnlyMemory<byte> bytes)
    {
        int end = bytes.Span.IndexOf((byte)0);
        return bytes[..(end < 0 ? bytes.Length : end)].ToArray();
    }

    private static List<byte[]> SplitPaths(byte[] list)
    {
        List<byte[]> paths = [];
        foreach (Range part in list.AsSpan().Split((byte)':'))
        {
            paths.Add(list[part]);
        }

        return paths;
    }

    /// <summary>A program header.</summary>
    private readonly record struct Segment(uint Type, long Offset, long Address, long FileBytes)
    {
        public static Segment Read(ReadOnlySpan<byte> header) => new(
            BinaryPrimitives.ReadUInt32LittleEndian(header),
            BinaryPrimitives.ReadInt64LittleEndian(header[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[32..]));
    }
}
