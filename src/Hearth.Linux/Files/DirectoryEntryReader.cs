using System.Buffers.Binary;

namespace Hearth.Linux.Files;

/// <summary>
/// Iterates over the buffer that getdents64(2) filled, skipping "." and ".." unless requested.
/// <code>
/// struct linux_dirent64 { u64 inode; s64 offset; u16 length; u8 type; char name[]; }
/// </code>
/// </summary>
/// <param name="entries">The buffer filled by <see cref="DirectoryFiles.TryList"/>.</param>
/// <param name="withDots">Whether to include "." and "..".</param>
public ref struct DirectoryEntryReader(ReadOnlySpan<byte> entries, bool withDots = false)
{
    private const int InodeOffset = 0;
    private const int OffsetOffset = 8;
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    private ReadOnlySpan<byte> left = entries;

    /// <summary>The entry's name without the NUL, which follows it in the same buffer.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    public ulong Inode { get; private set; }

    /// <summary>The offset at which a listing continues after this entry.</summary>
    public ulong Offset { get; private set; }

    /// <summary>File type as in the mode, shifted right by 12; 0 if the file system does not report it.</summary>
    public byte Type { get; private set; }

    /// <summary>True for "." and "..".</summary>
    public readonly bool IsDots => Name.SequenceEqual("."u8) || Name.SequenceEqual(".."u8);

    public bool MoveNext()
    {
        while (!left.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(left[LengthOffset..]);
            ReadOnlySpan<byte> name = left[NameOffset..length];
            Name = name[..name.IndexOf((byte)0)];
            Inode = BinaryPrimitives.ReadUInt64LittleEndian(left[InodeOffset..]);
            Offset = BinaryPrimitives.ReadUInt64LittleEndian(left[OffsetOffset..]);
            Type = left[TypeOffset];
            left = left[length..];
            if (withDots || !IsDots)
            {
                return true;
            }
        }

        return false;
    }
}
