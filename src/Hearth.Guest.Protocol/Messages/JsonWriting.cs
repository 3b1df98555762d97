using System.Text.Json;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>Writes the members that <see cref="JsonMembers"/> reads and <see cref="Utf8JsonWriter"/> has no single call for.</summary>
internal static class JsonWriting
{
    /// <summary>Writes milliseconds as whole microseconds, since fractions need the runtime's floating-point formatting.</summary>
    public static void WriteMilliseconds(this Utf8JsonWriter writer, string name, double milliseconds) =>
        writer.WriteNumber(name, (long)Math.Round(milliseconds * 1000.0));

    /// <summary>Writes nothing for null.</summary>
    public static void WriteOptional(this Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    /// <summary>Writes nothing for null.</summary>
    public static void WriteOptional(this Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }

    /// <summary>Writes nothing for null.</summary>
    public static void WriteOptionalMembers<T>(this Utf8JsonWriter writer, string name, T? value, Action<Utf8JsonWriter, T> write)
        where T : class
    {
        if (value is not null)
        {
            writer.WriteMembers(name, value, write);
        }
    }

    public static void WriteTexts(this Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (string text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    public static void WriteMembersList<T>(
        this Utf8JsonWriter writer, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (T item in items)
        {
            writer.WriteStartObject();
            write(writer, item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    public static void WriteMembers<T>(this Utf8JsonWriter writer, string name, T value, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartObject(name);
        write(writer, value);
        writer.WriteEndObject();
    }
}
