using System.Buffers.Binary;

namespace Hearth.Linux.Files;

/// <summary>
/// Steps through what getdents64(2) filled in, skipping "." and "..".
/// <code>
/// struct linux_dirent64 { u64 inode; s64 offset; u16 length; u8 type; char name[]; }
/// </code>
/// </summary>
public ref struct DirectoryEntryReader(ReadOnlySpan<byte> entries)
{
    private const int LengthOffset = 16;
    private const int NameOffset = 19;

    private ReadOnlySpan<byte> left = entries;

    /// <summary>The entry's name without the NUL, which stands right behind it in the same buffer.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    public bool MoveNext()
    {
        while (!left.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(left[LengthOffset..]);
            ReadOnlySpan<byte> name = left[NameOffset..length];
            Name = name[..name.IndexOf((byte)0)];
            left = left[length..];
            if (!Name.SequenceEqual("."u8) && !Name.SequenceEqual(".."u8))
            {
                return true;
            }
        }

        return false;
    }
}
