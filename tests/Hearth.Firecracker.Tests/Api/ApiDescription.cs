using System.Text.Json;

namespace Hearth.Firecracker.Tests.Api;

/// <summary>
/// What Firecracker v1.13.1's API takes and gives, from <c>api-v1.13.1.txt</c>: a line for each request (method, path, type
/// of the body, status, type of the answer), and for each type its members, with their types, bounds and values.
/// </summary>
internal sealed class ApiDescription
{
    /// <summary>Types that the description names and gives no members: any object will do.</summary>
    private const string AnyObject = "object";

    private readonly Dictionary<string, ApiOperation> operations = [];
    private readonly Dictionary<string, ApiType> types = [];

    internal ApiDescription(IEnumerable<string> lines)
    {
        ApiType? current = null;
        foreach (string[] words in lines.Select(line => line.Split(' ')))
        {
            if (words is ["type", string head])
            {
                string[] parts = head.Split(",enum=");
                current = types[parts[0]] = new ApiType(parts[0], parts.Length > 1 ? parts[1].Split('|') : null, []);
            }
            else if (words is ["", "", string name, string type, ..])
            {
                current!.Members[name] = new ApiMember(type, words.Length > 4);
            }
            else
            {
                operations[$"{words[0]} {words[1]}"] = new ApiOperation(words[0], words[1], words[2], int.Parse(words[3]), words[4]);
            }
        }
    }

    internal static ApiDescription Instance { get; } = new(Lines());

    internal IReadOnlyCollection<ApiOperation> Operations => operations.Values;

    internal static string[] Lines() => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Api", "api-v1.13.1.txt"));

    /// <summary>The operation behind a request; null where there is none.</summary>
    internal ApiOperation? Find(string method, string path) =>
        operations.GetValueOrDefault($"{method} {path}")
        ?? operations.Values.SingleOrDefault(operation => operation.Method == method && operation.MatchesWithId(path));

    /// <returns>What is wrong with a request; null where nothing is.</returns>
    internal string? Check(string method, string path, byte[] body)
    {
        if (Find(method, path) is not ApiOperation operation)
        {
            return $"{method} {path} is not described";
        }

        if (operation.Body == "-")
        {
            return body.Length == 0 ? null : $"{method} {path} takes no body";
        }

        using JsonDocument document = JsonDocument.Parse(body);
        if (operation.IdMember is string member && document.RootElement.GetProperty(member).GetString() != path.Split('/')[^1])
        {
            return $"{path} and the body's {member} differ";
        }

        // The description gives the partial update the whole type, and says that it may hold a part of it.
        bool partial = (method, path) == ("PATCH", "/machine-config");
        return Check(document.RootElement, operation.Body, $"{method} {path}", partial);
    }

    /// <returns>What is wrong with a value; null where nothing is.</returns>
    internal string? Check(JsonElement value, string typeName, string where, bool partial = false)
    {
        string[] facts = typeName.Split(',');
        if (facts[0].EndsWith("[]", StringComparison.Ordinal))
        {
            return value.ValueKind == JsonValueKind.Array
                ? value.EnumerateArray().Select(item => Check(item, facts[0][..^2], where)).FirstOrDefault(problem => problem is not null)
                : $"{where} is no array";
        }

        return types.TryGetValue(facts[0], out ApiType? type)
            ? Check(value, type, where, partial)
            : CheckSimple(value, facts, where);
    }

    /// <summary>A value of a type with all of its members, as JSON.</summary>
    internal string Sample(string typeName)
    {
        string[] facts = typeName.Split(',');
        if (facts[0].EndsWith("[]", StringComparison.Ordinal))
        {
            return $"[{Sample(facts[0][..^2])}]";
        }

        if (types.TryGetValue(facts[0], out ApiType? type))
        {
            return type.Values is not null
                ? $"\"{type.Values[0]}\""
                : "{" + string.Join(',', type.Members.Select(member => $"\"{member.Key}\":{Sample(member.Value.Type)}")) + "}";
        }

        string? values = facts.FirstOrDefault(fact => fact.StartsWith("enum=", StringComparison.Ordinal));
        return facts[0] switch
        {
            "string" when values is not null => $"\"{values[5..].Split('|')[0].Replace('_', ' ')}\"",
            "string" => "\"1.13.1\"",
            "boolean" => "true",
            "integer" => "7",
            _ => "{}",
        };
    }

    private string? Check(JsonElement value, ApiType type, string where, bool partial)
    {
        if (type.Values is not null)
        {
            return type.Values.Contains(value.GetString()) ? null : $"{where}: {value} is no {type.Name}";
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return $"{where} is no object";
        }

        if (type.Members.Count == 0)
        {
            return null;
        }

        string? missing = partial ? null : type.Members.Where(member => member.Value.Required).Select(member => member.Key).FirstOrDefault(name => !value.TryGetProperty(name, out _));
        return missing is not null
            ? $"{where} lacks {missing}"
            : value.EnumerateObject().Select(property => type.Members.TryGetValue(property.Name, out ApiMember? member)
                ? Check(property.Value, member.Type, $"{where} {property.Name}")
                : $"{where}: {type.Name} has no {property.Name}").FirstOrDefault(problem => problem is not null);
    }

    private static string? CheckSimple(JsonElement value, string[] facts, string where)
    {
        bool fits = facts[0] switch
        {
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            AnyObject => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array,
            _ => throw new InvalidOperationException($"the digest names a type {facts[0]} that it does not describe"),
        };
        if (!fits)
        {
            return $"{where}: {value} is no {facts[0]}";
        }

        foreach (string[] fact in facts.Skip(1).Select(text => text.Split('=')))
        {
            bool holds = fact[0] switch
            {
                "enum" => fact[1].Split('|').Contains(value.GetString()!.Replace(' ', '_')),
                "minimum" => value.GetInt64() >= long.Parse(fact[1]),
                "maximum" => value.GetInt64() <= long.Parse(fact[1]),
                _ => throw new InvalidOperationException($"the digest has an unknown fact {fact[0]}"),
            };
            if (!holds)
            {
                return $"{where}: {value} breaks {fact[0]}={fact[1]}";
            }
        }

        return null;
    }

    private sealed record ApiType(string Name, string[]? Values, Dictionary<string, ApiMember> Members);

    private sealed record ApiMember(string Type, bool Required);
}

/// <summary>One request of the API.</summary>
internal sealed record ApiOperation(string Method, string Path, string Body, int Status, string Answer)
{
    /// <summary>The body's member that repeats the path's id; null where the path has none.</summary>
    internal string? IdMember => Path.EndsWith('}') ? Path.Split('/')[^1].Trim('{', '}') : null;

    internal bool MatchesWithId(string path) =>
        IdMember is not null && path.Split('/') is ["", string resource, string id] && id.Length > 0 && Path.StartsWith($"/{resource}/", StringComparison.Ordinal);
}
