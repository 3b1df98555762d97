using Hearth.Distribution;
using Hearth.Linux.Files;
using Hearth.Linux.Text;
using Hearth.Tar;

namespace Hearth.Layers.Index;

/// <summary>
/// A layer's tar entries as an index stores them, in the archive's order. Numbers are little-endian; u7 is a number of 7 bits
/// per byte, the lowest first.
/// <code>
/// type 1 | mode 2 | uid 4 | gid 4 | mtime seconds 8 | nanoseconds 4 | name u7 + bytes | link u7 + bytes
/// file:   size 8 | data offset 8 | parts u7 (0: all is stored) | each part: offset 8, length 8
/// device: major 4 | minor 4
/// attributes u7 | each: name u7 + bytes, value u7 + bytes
/// </code>
/// A sparse file without any part has one of length 0.
/// </summary>
public static class EntryRecords
{
    /// <summary>PATH_MAX with room: longer names cannot be used on Linux.</summary>
    private const int MostNameBytes = 8192;

    /// <summary>XATTR_SIZE_MAX.</summary>
    private const int MostValueBytes = 64 << 10;
    private const int MostAttributes = 1000;
    private const int MostParts = 1 << 20;

    public static void Write(BinaryWriter writer, TarEntry entry)
    {
        writer.Write((byte)entry.Type);
        writer.Write((ushort)entry.Mode);
        writer.Write(entry.UserId);
        writer.Write(entry.GroupId);
        writer.Write(entry.Modified.Seconds);
        writer.Write(entry.Modified.Nanoseconds);
        WriteBytes(writer, entry.Name);
        WriteBytes(writer, entry.LinkName);
        if (entry.Type == TarEntryType.File)
        {
            WriteContent(writer, entry);
        }
        else if (entry.Type is TarEntryType.BlockDevice or TarEntryType.CharacterDevice)
        {
            writer.Write(entry.DeviceMajor);
            writer.Write(entry.DeviceMinor);
        }

        writer.Write7BitEncodedInt(entry.Attributes.Count);
        foreach ((string name, byte[] value) in entry.Attributes)
        {
            WriteBytes(writer, ByteText.Encode(name));
            WriteBytes(writer, value);
        }
    }

    /// <exception cref="ImageException">The record is malformed.</exception>
    public static TarEntry Read(BinaryReader reader)
    {
        byte type = reader.ReadByte();
        TarEntry entry = new()
        {
            Type = type is >= (byte)TarEntryType.File and <= (byte)TarEntryType.Fifo ? (TarEntryType)type : throw Malformed("a type is unknown"),
            Mode = reader.ReadUInt16() & 0xfffu,
            UserId = reader.ReadUInt32(),
            GroupId = reader.ReadUInt32(),
            Modified = new FileTime(reader.ReadInt64(), reader.ReadUInt32()),
            Name = ReadBytes(reader, MostNameBytes),
            LinkName = ReadBytes(reader, MostNameBytes),
        };
        if (entry.Type == TarEntryType.File)
        {
            entry = ReadContent(reader, entry);
        }
        else if (entry.Type is TarEntryType.BlockDevice or TarEntryType.CharacterDevice)
        {
            entry = entry with { DeviceMajor = reader.ReadUInt32(), DeviceMinor = reader.ReadUInt32() };
        }

        var attributes = new KeyValuePair<string, byte[]>[Count(reader, MostAttributes)];
        for (int i = 0; i < attributes.Length; i++)
        {
            attributes[i] = KeyValuePair.Create(ByteText.Decode(ReadBytes(reader, MostNameBytes)), ReadBytes(reader, MostValueBytes));
        }

        return entry with { Attributes = attributes };
    }

    private static void WriteContent(BinaryWriter writer, TarEntry entry)
    {
        IReadOnlyList<SparseExtent> parts = entry.Extents is { Count: 0 } ? [new SparseExtent(0, 0)] : entry.Extents ?? [];
        writer.Write(entry.SizeInBytes);
        writer.Write(entry.DataOffset);
        writer.Write7BitEncodedInt(parts.Count);
        foreach (SparseExtent part in parts)
        {
            writer.Write(part.Offset);
            writer.Write(part.Length);
        }
    }

    private static TarEntry ReadContent(BinaryReader reader, TarEntry entry)
    {
        entry = entry with { SizeInBytes = reader.ReadInt64(), DataOffset = reader.ReadInt64() };
        if (entry.SizeInBytes < 0 || entry.DataOffset < 0)
        {
            throw Malformed("a size or an offset is negative");
        }

        int count = Count(reader, MostParts);
        if (count == 0)
        {
            return entry;
        }

        List<SparseExtent> parts = [];
        long end = 0;
        for (int i = 0; i < count; i++)
        {
            SparseExtent part = new(reader.ReadInt64(), reader.ReadInt64());
            if (part.Offset < end || part.Length < 0 || part.Length > entry.SizeInBytes - part.Offset)
            {
                throw Malformed("the parts of a sparse file overlap or exceed it");
            }

            end = part.Offset + part.Length;
            if (part.Length > 0)
            {
                parts.Add(part);
            }
        }

        return entry with { Extents = parts };
    }

    private static void WriteBytes(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader, int most)
    {
        int length = Count(reader, most);
        byte[] bytes = reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException();
    }

    private static int Count(BinaryReader reader, int most)
    {
        int count = reader.Read7BitEncodedInt();
        return count >= 0 && count <= most ? count : throw Malformed($"a count is {count}, and at most {most} are supported");
    }

    private static ImageException Malformed(string cause) => new(ImageError.Malformed, $"cannot read the layer's index: {cause}");
}
