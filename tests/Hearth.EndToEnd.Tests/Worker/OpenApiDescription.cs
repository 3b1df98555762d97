using System.Text.Json;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>The daemon's OpenAPI description, and whether answers are as it says.</summary>
internal sealed class OpenApiDescription(JsonElement document)
{
    /// <summary>Fails the test unless a JSON answer is as described, member for member.</summary>
    /// <param name="method">In lower case.</param>
    /// <param name="path">As described, with its parameters.</param>
    /// <param name="status">Of the answer.</param>
    /// <param name="answer">The answer's body.</param>
    public void AssertDescribes(string method, string path, int status, JsonElement answer)
    {
        JsonElement responses = document.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("responses");
        bool isNamed = responses.TryGetProperty($"{status}", out JsonElement response);
        JsonElement content = (isNamed ? response : responses.GetProperty("default")).GetProperty("content").EnumerateObject().Single().Value;
        Assert.Empty(Differences(content.GetProperty("schema"), answer, $"{method} {path}"));
    }

    /// <summary>Each operation that is described and answers with JSON: its method and its path.</summary>
    public IEnumerable<(string Method, string Path)> JsonOperations =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where operation.Value.GetProperty("responses").EnumerateObject().Any(answer => answer.Value.TryGetProperty("content", out JsonElement content) && content.TryGetProperty("application/json", out _))
        select (operation.Name, path.Name);

    private IEnumerable<string> Differences(JsonElement schema, JsonElement value, string place)
    {
        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            string name = reference.GetString()!["#/components/schemas/".Length..];
            return Differences(document.GetProperty("components").GetProperty("schemas").GetProperty(name), value, place);
        }

        string type = schema.GetProperty("type").GetString()!;
        bool fits = (type, value.ValueKind) switch
        {
            ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) => true,
            ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
            ("integer", JsonValueKind.Number) => value.TryGetInt64(out _),
            _ => false,
        };
        return !fits ? [$"{place}: {value.ValueKind} is no {type}"] : type switch
        {
            "object" => OfObject(schema, value, place),
            "array" => value.EnumerateArray().SelectMany((item, index) => Differences(schema.GetProperty("items"), item, $"{place}[{index}]")),
            "string" when schema.TryGetProperty("enum", out JsonElement words) && words.EnumerateArray().All(word => word.GetString() != value.GetString()) => [$"{place}: '{value}' is none of {words}"],
            "string" when schema.TryGetProperty("format", out JsonElement format) && format.GetString() == "date-time" && !value.TryGetDateTimeOffset(out _) => [$"{place}: '{value}' is no time"],
            _ => [],
        };
    }

    private IEnumerable<string> OfObject(JsonElement schema, JsonElement value, string place)
    {
        if (!schema.TryGetProperty("properties", out JsonElement properties))
        {
            return [];
        }

        return
        [
            .. schema.GetProperty("required").EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{place}: {name} is missing"),
            .. value.EnumerateObject().Where(member => !properties.TryGetProperty(member.Name, out _)).Select(member => $"{place}: {member.Name} is not described"),
            .. value.EnumerateObject().Where(member => properties.TryGetProperty(member.Name, out _))
                .SelectMany(member => Differences(properties.GetProperty(member.Name), member.Value, $"{place}.{member.Name}")),
        ];
    }
}
