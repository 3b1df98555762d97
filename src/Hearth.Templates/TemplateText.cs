using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hearth.Templates;

/// <summary>A value as Go's templates print it.</summary>
internal static class TemplateText
{
    private const string NoValue = "<no value>";

    private static readonly JsonWriterOptions plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Texts as they are, lists as <c>[a b]</c>, objects as <c>map[a:1 b:2]</c>.</summary>
    public static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Array => $"[{string.Join(' ', value.EnumerateArray().Select(Of))}]",
        JsonValueKind.Object => $"map[{string.Join(' ', value.EnumerateObject().OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => $"{field.Name}:{Of(field.Value)}"))}]",
        JsonValueKind.Number => value.GetRawText(),
        _ => NoValue,
    };

    /// <summary>On one line, with no more escaped than has to be.</summary>
    public static string Json(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            return "null";
        }

        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, plain))
        {
            value.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
