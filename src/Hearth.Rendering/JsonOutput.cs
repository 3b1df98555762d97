using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hearth.Rendering;

/// <summary>Writes a command's result for programs: one JSON value and a line's end.</summary>
public static class JsonOutput
{
    public static void Write<T>(TextWriter output, T value, JsonTypeInfo<T> type) => output.WriteLine(JsonSerializer.Serialize(value, type));
}
