using System.Text.Json;

namespace Hearth.EndToEnd.Tests.Worker.Api;

/// <summary>docker's description of its API, from a table: for each path the type of its answer, for each type its members.</summary>
internal sealed class ApiDescription
{
    private const string BodyEnd = " body";

    private readonly Dictionary<string, string> answers = [];
    private readonly Dictionary<string, Dictionary<string, (bool IsRequired, string Type)>> types = [];
    private readonly List<(string Path, string Name)> parameters = [];

    public static ApiDescription Read()
    {
        ApiDescription description = new();
        foreach (string[] words in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Worker/Api/docker-1.47.txt")).Where(line => !line.StartsWith('#')).Select(line => line.Split(' ')))
        {
            if (words is ["path", string method, string path, string code, string type])
            {
                description.answers[$"{method} {path} {code}"] = type;
            }
            else if (words is ["query", string asking, string place, .. string[] names])
            {
                description.parameters.AddRange(names.Select(name => ($"{asking} {place}", name)));
            }
            else
            {
                description.types[words[1]] = words[2..].Select(member => member.Split(':', 2)).ToDictionary(parts => parts[0].TrimEnd('!'), parts => (parts[0].EndsWith('!'), parts[1]));
            }
        }

        return description;
    }

    /// <summary>All paths as <c>METHOD /path</c>.</summary>
    public IReadOnlyList<string> Paths => [.. answers.Keys.Select(key => key[..key.LastIndexOf(' ')]).Distinct()];

    /// <summary>The parameters of queries, each with its <c>METHOD /path</c>.</summary>
    public IReadOnlyList<(string Path, string Name)> Parameters => parameters;

    /// <summary>The paths whose requests have a JSON object, with its type.</summary>
    public IReadOnlyList<(string Path, string Type)> Bodies =>
        [.. answers.Where(answer => answer.Key.EndsWith(BodyEnd, StringComparison.Ordinal) && types.ContainsKey(answer.Value)).Select(answer => (answer.Key[..^BodyEnd.Length], answer.Value))];

    /// <summary>The members of a type with their types; none if it is no object.</summary>
    public IEnumerable<(string Name, string Type)> MembersOf(string type) => types.TryGetValue(type.TrimEnd('?'), out Dictionary<string, (bool IsRequired, string Type)>? members)
        ? members.Select(member => (member.Key, member.Value.Type))
        : [];

    /// <summary>The type of an answer; <c>-</c> for no JSON.</summary>
    public string TypeOf(string path, int status) => answers.GetValueOrDefault($"{path} {status}")
        ?? throw new InvalidOperationException($"docker does not answer {path} with {status}");

    /// <summary>What is wrong with a value: members that are missing, unknown or of another type.</summary>
    public IEnumerable<string> Check(JsonElement value, string type, string where = "")
    {
        if (type.EndsWith('?') || value.ValueKind == JsonValueKind.Null)
        {
            // Go sends null for an empty list or map, and clients expect that.
            return value.ValueKind == JsonValueKind.Null ? [] : Check(value, type.TrimEnd('?'), where);
        }

        return (type[0], value.ValueKind) switch
        {
            ('[', JsonValueKind.Array) => value.EnumerateArray().SelectMany((item, index) => Check(item, type[1..^1], $"{where}[{index}]")),
            ('{', JsonValueKind.Object) => value.EnumerateObject().SelectMany(member => Check(member.Value, type[1..^1], $"{where}.{member.Name}")),
            ('[' or '{', _) => [$"{where} is {value.ValueKind}, not {type}"],
            _ => CheckNamed(value, type, where),
        };
    }

    private IEnumerable<string> CheckNamed(JsonElement value, string type, string where) => type switch
    {
        "any" => [],
        "string" => value.ValueKind == JsonValueKind.String ? [] : [$"{where} is {value.ValueKind}, not a text"],
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? [] : [$"{where} is {value.ValueKind}, not a boolean"],
        "integer" => value.ValueKind == JsonValueKind.Number && (value.TryGetInt64(out _) || value.TryGetUInt64(out _)) ? [] : [$"{where} is {value.ValueKind}, not an integer"],
        "number" => value.ValueKind == JsonValueKind.Number ? [] : [$"{where} is {value.ValueKind}, not a number"],
        _ when value.ValueKind != JsonValueKind.Object => [$"{where} is {value.ValueKind}, not {type}"],
        _ => CheckMembers(value, types[type], where),
    };

    private IEnumerable<string> CheckMembers(JsonElement value, Dictionary<string, (bool IsRequired, string Type)> members, string where) =>
    [
        .. members.Where(member => member.Value.IsRequired && !value.TryGetProperty(member.Key, out _)).Select(member => $"{where}.{member.Key} is missing"),
        .. value.EnumerateObject().SelectMany(member => members.TryGetValue(member.Name, out (bool IsRequired, string Type) known)
            ? Check(member.Value, known.Type, $"{where}.{member.Name}")
            : [$"{where}.{member.Name} is not docker's"]),
    ];
}
