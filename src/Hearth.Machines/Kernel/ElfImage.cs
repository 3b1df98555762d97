using System.Buffers.Binary;

namespace Hearth.Machines.Kernel;

/// <summary>
/// The parts of a 64-bit little-endian ELF file that matter for a kernel or a module. Every offset is checked against the file.
/// Layouts: System V ABI, chapters 4 and 5; notes: include/xen/interface/elfnote.h.
/// </summary>
internal sealed class ElfImage
{
    /// <summary>e_machine of x86-64.</summary>
    internal const ushort MachineX64 = 62;

    private const int HeaderBytes = 64;
    private const int ProgramHeaderBytes = 56;
    private const int SectionHeaderBytes = 64;
    private const int BeginningBytes = 1 << 14;
    private const int TypeLoad = 1;
    private const int TypeInterpreter = 3;
    private const int TypeNote = 4;
    private const int TypeThreadLocal = 7;
    private const int TypeGnuStack = 0x6474e551;

    /// <summary>XEN_ELFNOTE_PHYS32_ENTRY: the address at which a VMM enters the kernel directly.</summary>
    private const uint PvhEntryNote = 18;

    private static readonly byte[] Identification = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];

    private readonly ReadOnlyMemory<byte> file;
    private readonly long fileBytes;
    private readonly string name;

    private ElfImage(ReadOnlyMemory<byte> file, long fileBytes, string name)
    {
        this.file = file;
        this.fileBytes = fileBytes;
        this.name = name;
    }

    internal ushort Machine => BinaryPrimitives.ReadUInt16LittleEndian(file.Span[18..]);

    /// <summary>Whether the bytes begin like a 64-bit little-endian ELF file.</summary>
    internal static bool IsElf(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Identification);

    /// <exception cref="KernelException">The file is not a 64-bit little-endian ELF file, or ends within its header.</exception>
    internal static ElfImage Open(ReadOnlyMemory<byte> file, string name) => Open(file, file.Length, name);

    /// <summary><see cref="EndAddress"/> of a kernel file. Only its beginning is read: linkers put the headers there.</summary>
    internal static long EndAddressOf(string path) => OpenBeginning(path).EndAddress();

    /// <summary>
    /// Whether a file is a user-space program. Only such programs have a header for an interpreter, thread-local data or the stack.
    /// </summary>
    internal static bool IsProgram(string path) =>
        OpenBeginning(path).Table(32, 54, ProgramHeaderBytes, "program header")
            .Any(header => Read32(header, 0) is TypeInterpreter or TypeThreadLocal or TypeGnuStack);

    private static ElfImage OpenBeginning(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] beginning = new byte[Math.Min(stream.Length, BeginningBytes)];
        stream.ReadExactly(beginning);
        return Open(beginning, stream.Length, path);
    }

    private static ElfImage Open(ReadOnlyMemory<byte> file, long fileBytes, string name)
    {
        if (!IsElf(file.Span))
        {
            throw new KernelException(KernelError.NotAKernel, $"{name} is not a 64-bit little-endian ELF file");
        }

        return file.Length < HeaderBytes
            ? throw new KernelException(KernelError.Corrupt, $"{name} ends within its ELF header, at {file.Length} bytes")
            : new ElfImage(file, fileBytes, name);
    }

    /// <summary>The first physical address above all loaded segments, in bytes; 0 if no segment is loaded.</summary>
    internal long EndAddress()
    {
        ulong end = 0;
        foreach (ReadOnlyMemory<byte> header in Table(32, 54, ProgramHeaderBytes, "program header"))
        {
            if (Read32(header, 0) != TypeLoad)
            {
                continue;
            }

            CheckWithin(fileBytes, Read64(header, 8), Read64(header, 32), "segment");
            ulong top = unchecked(Read64(header, 24) + Read64(header, 40));
            if (top < Read64(header, 24) || top > long.MaxValue)
            {
                throw new KernelException(KernelError.Corrupt, $"{name}: a segment exceeds the address space");
            }

            end = Math.Max(end, top);
        }

        return (long)end;
    }

    internal bool HasPvhEntry()
    {
        foreach (ReadOnlyMemory<byte> header in Table(32, 54, ProgramHeaderBytes, "program header"))
        {
            if (Read32(header, 0) == TypeNote && HoldsPvhNote(Slice(Read64(header, 8), Read64(header, 32), "notes")))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The contents of a section; empty if there is none of that name.</summary>
    internal ReadOnlySpan<byte> Section(string sectionName)
    {
        List<ReadOnlyMemory<byte>> headers = Table(40, 58, SectionHeaderBytes, "section header");
        int namesIndex = BinaryPrimitives.ReadUInt16LittleEndian(file.Span[62..]);
        if (namesIndex >= headers.Count)
        {
            return [];
        }

        ReadOnlySpan<byte> names = Slice(Read64(headers[namesIndex], 24), Read64(headers[namesIndex], 32), "section names").Span;
        foreach (ReadOnlyMemory<byte> header in headers)
        {
            uint nameOffset = Read32(header, 0);
            if (nameOffset < names.Length && Text.UntilNul(names[(int)nameOffset..]) == sectionName)
            {
                return Slice(Read64(header, 24), Read64(header, 32), sectionName).Span;
            }
        }

        return [];
    }

    /// <summary>A note consists of name size, description size, type (32 bits each), name and description padded to 4 bytes.</summary>
    private static bool HoldsPvhNote(ReadOnlyMemory<byte> notes)
    {
        ReadOnlySpan<byte> rest = notes.Span;
        while (rest.Length >= 12)
        {
            long nameBytes = (BinaryPrimitives.ReadUInt32LittleEndian(rest) + 3L) & ~3L;
            long descriptionBytes = (BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]) + 3L) & ~3L;
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
            if (12 + nameBytes + descriptionBytes > rest.Length)
            {
                return false;
            }

            if (type == PvhEntryNote && rest[12..].StartsWith("Xen\0"u8))
            {
                return true;
            }

            rest = rest[(int)(12 + nameBytes + descriptionBytes)..];
        }

        return false;
    }

    private static uint Read32(ReadOnlyMemory<byte> header, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(header.Span[offset..]);

    private static ulong Read64(ReadOnlyMemory<byte> header, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(header.Span[offset..]);

    private List<ReadOnlyMemory<byte>> Table(int offsetField, int sizeField, int minimumEntryBytes, string what)
    {
        ulong offset = Read64(file, offsetField);
        int entryBytes = BinaryPrimitives.ReadUInt16LittleEndian(file.Span[sizeField..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file.Span[(sizeField + 2)..]);
        if (count > 0 && entryBytes < minimumEntryBytes)
        {
            throw new KernelException(KernelError.Corrupt, $"{name}: each {what} has {entryBytes} bytes, which is too few");
        }

        ReadOnlyMemory<byte> table = count == 0 ? default : Slice(offset, (ulong)entryBytes * (ulong)count, what);
        List<ReadOnlyMemory<byte>> entries = new(count);
        for (int i = 0; i < count; i++)
        {
            entries.Add(table.Slice(i * entryBytes, entryBytes));
        }

        return entries;
    }

    private ReadOnlyMemory<byte> Slice(ulong offset, ulong length, string what)
    {
        CheckWithin(file.Length, offset, length, what);
        return file.Slice((int)offset, (int)length);
    }

    private void CheckWithin(long limit, ulong offset, ulong length, string what)
    {
        if (offset > (ulong)limit || length > (ulong)limit - offset)
        {
            throw new KernelException(KernelError.Corrupt, $"{name}: {what} at offset {offset} of {length} bytes is outside the file");
        }
    }
}
