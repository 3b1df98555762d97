using System.Buffers.Binary;

namespace Hearth.Distribution.Tests.Support;

/// <summary>Writes tables of FlatBuffers: each table after its vtable, and what it refers to behind it.</summary>
internal sealed class FlatWriter
{
    private readonly List<byte> bytes = [0, 0, 0, 0];

    /// <param name="root">Its fields: byte, int, uint, long, byte[], a table as object?[], or a vector of tables or byte[] as a list; null for an absent one.</param>
    public static byte[] Write(object?[] root)
    {
        FlatWriter writer = new();
        writer.Patch(0, writer.Table(root));
        return [.. writer.bytes];
    }

    private int Table(object?[] fields)
    {
        int vtable = bytes.Count;
        int table = vtable + 4 + (2 * fields.Length);
        int end = 4;
        bytes.AddRange(new byte[4 + (2 * fields.Length)]);
        BinaryPrimitives.WriteUInt16LittleEndian(Span(vtable, 2), (ushort)(4 + (2 * fields.Length)));
        for (int i = 0; i < fields.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(Span(vtable + 4 + (2 * i), 2), fields[i] is null ? (ushort)0 : (ushort)end);
            end += fields[i] switch { null => 0, byte => 1, long => 8, _ => 4 };
        }

        BinaryPrimitives.WriteUInt16LittleEndian(Span(vtable + 2, 2), (ushort)end);
        bytes.AddRange(new byte[end]);
        BinaryPrimitives.WriteInt32LittleEndian(Span(table, 4), table - vtable);
        int place = table + 4;
        foreach (object field in fields.OfType<object>())
        {
            place += Field(place, field);
        }

        return table;
    }

    private int Field(int place, object field)
    {
        switch (field)
        {
            case byte value:
                bytes[place] = value;
                return 1;
            case long value:
                BinaryPrimitives.WriteInt64LittleEndian(Span(place, 8), value);
                return 8;
            case int value:
                BinaryPrimitives.WriteInt32LittleEndian(Span(place, 4), value);
                return 4;
            case uint value:
                BinaryPrimitives.WriteUInt32LittleEndian(Span(place, 4), value);
                return 4;
            default:
                Patch(place, Target(field));
                return 4;
        }
    }

    private int Target(object field) => field switch
    {
        object?[] table => Table(table),
        byte[] data => Vector(data.Length, data),
        IReadOnlyList<object> elements => Elements(elements),
        _ => throw new ArgumentException($"{field.GetType()}", nameof(field)),
    };

    private int Elements(IReadOnlyList<object> elements)
    {
        int vector = Vector(elements.Count, new byte[4 * elements.Count]);
        for (int i = 0; i < elements.Count; i++)
        {
            int place = vector + 4 + (4 * i);
            Patch(place, Target(elements[i]));
        }

        return vector;
    }

    private int Vector(int count, byte[] data)
    {
        int vector = bytes.Count;
        bytes.AddRange(new byte[4]);
        BinaryPrimitives.WriteInt32LittleEndian(Span(vector, 4), count);
        bytes.AddRange(data);
        return vector;
    }

    private void Patch(int place, int target) => BinaryPrimitives.WriteInt32LittleEndian(Span(place, 4), target - place);

    private Span<byte> Span(int start, int length) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes).Slice(start, length);
}
