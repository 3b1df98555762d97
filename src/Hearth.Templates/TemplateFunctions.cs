using System.Text.Json;

namespace Hearth.Templates;

/// <summary>
/// <c>json VALUE</c>, <c>index VALUE KEY…</c>, <c>join LIST SEPARATOR</c>, <c>len VALUE</c>, <c>lower TEXT</c>, <c>upper TEXT</c>,
/// <c>split TEXT SEPARATOR</c>, <c>truncate TEXT LENGTH</c>, <c>println VALUE…</c>: as Go and docker have them.
/// </summary>
internal static class TemplateFunctions
{
    private const int Any = int.MaxValue;

    private static readonly TemplateFunction[] all =
    [
        new("index", 1, Any, arguments => arguments.Skip(1).Aggregate(arguments[0], Index)),
        new("join", 2, 2, arguments => Text(string.Join(TextOf(arguments[1], "join"), ItemsOf(arguments[0], "join").Select(TemplateText.Of)))),
        new("json", 1, 1, arguments => Text(TemplateText.Json(arguments[0]))),
        new("len", 1, 1, arguments => Number(Length(arguments[0]))),
        new("lower", 1, 1, arguments => Text(TextOf(arguments[0], "lower").ToLowerInvariant())),
        new("println", 0, Any, arguments => Text(string.Join(' ', arguments.Select(TemplateText.Of)) + "\n")),
        new("split", 2, 2, arguments => List(TextOf(arguments[0], "split").Split(TextOf(arguments[1], "split")))),
        new("truncate", 2, 2, arguments => Text(Truncate(TextOf(arguments[0], "truncate"), NumberOf(arguments[1], "truncate")))),
        new("upper", 1, 1, arguments => Text(TextOf(arguments[0], "upper").ToUpperInvariant())),
    ];

    /// <exception cref="FormatException">Go may know it, but it is none of these.</exception>
    public static TemplateFunction Find(string name) => Array.Find(all, function => function.Name == name) ?? throw new FormatException(
        $"template: '{name}' is not supported; there are fields and {string.Join(", ", all.Select(function => function.Name))}. For more, write '{{{{json .}}}}' and take that apart, as jq does");

    public static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, ValueJson.Default.String);

    public static JsonElement Number(int number) => JsonSerializer.SerializeToElement(number, ValueJson.Default.Int32);

    private static JsonElement List(string[] items) => JsonSerializer.SerializeToElement(items, ValueJson.Default.StringArray);

    /// <summary>Of a field that is not there, and of a list beyond its end, nothing.</summary>
    private static JsonElement Index(JsonElement value, JsonElement key) => (value.ValueKind, key.ValueKind) switch
    {
        (JsonValueKind.Object, JsonValueKind.String) => value.TryGetProperty(key.GetString()!, out JsonElement found) ? found : default,
        (JsonValueKind.Array, JsonValueKind.Number) => key.TryGetInt32(out int at) && at >= 0 && at < value.GetArrayLength()
            ? value[at]
            : throw new FormatException($"template: index: there is no item {key} in a list of {value.GetArrayLength()}"),
        (JsonValueKind.Undefined or JsonValueKind.Null, _) => default,
        _ => throw Refuse("index", value),
    };

    private static int Length(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Count(),
        JsonValueKind.Array => value.GetArrayLength(),
        JsonValueKind.String => System.Text.Encoding.UTF8.GetByteCount(value.GetString()!),
        JsonValueKind.Undefined or JsonValueKind.Null => 0,
        _ => throw Refuse("len", value),
    };

    private static string Truncate(string text, int length) => text.Length > length ? text[..Math.Max(length, 0)] : text;

    private static JsonElement[] ItemsOf(JsonElement value, string function) => value.ValueKind switch
    {
        JsonValueKind.Array => [.. value.EnumerateArray()],
        JsonValueKind.Undefined or JsonValueKind.Null => [],
        _ => throw Refuse(function, value),
    };

    private static string TextOf(JsonElement value, string function) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Refuse(function, value);

    private static int NumberOf(JsonElement value, string function) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Refuse(function, value);

    private static FormatException Refuse(string function, JsonElement value) =>
        new($"template: {function} cannot take {TemplateText.Json(value)}");
}
