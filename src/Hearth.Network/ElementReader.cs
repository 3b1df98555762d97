using System.Net;
using System.Text.Json;

namespace Hearth.Network;

/// <summary>Reads the elements of sets and maps from nft's JSON, libnftables-json(5).</summary>
internal sealed class ElementReader
{
    private readonly Dictionary<string, JsonElement[]> elements = [];
    private readonly HashSet<string> chains = [];

    /// <param name="json">The answer to <c>list table</c> or <c>list set</c>.</param>
    public ElementReader(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        foreach (JsonElement entry in document.RootElement.GetProperty("nftables").EnumerateArray())
        {
            if (entry.TryGetProperty("chain", out JsonElement chain))
            {
                chains.Add(chain.GetProperty("name").GetString()!);
            }
            else if ((entry.TryGetProperty("map", out JsonElement found) || entry.TryGetProperty("set", out found)) && found.TryGetProperty("elem", out JsonElement all))
            {
                elements[found.GetProperty("name").GetString()!] = [.. all.EnumerateArray().Select(element => element.Clone())];
            }
        }
    }

    public bool HasChain(string name) => chains.Contains(name);

    /// <summary>Whether a set or a map has an element.</summary>
    public bool HasKey(string name, string key) => ElementsOf(name).Any(element => string.Join(" . ", PartsOf(KeyOf(element))) == key);

    /// <summary>The keys of a map whose values begin with an address.</summary>
    public IReadOnlyList<string> KeysTo(string map, IPAddress address)
    {
        string wanted = address.ToString();
        return
        [
            .. ElementsOf(map)
                .Where(element => element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 2 && PartsOf(element[1]) is [{ } first, ..] && first == wanted)
                .Select(element => string.Join(" . ", PartsOf(element[0]))),
        ];
    }

    /// <summary>The elements of a set that begin with an address.</summary>
    public IReadOnlyList<string> KeysOf(string set, IPAddress address)
    {
        string wanted = address.ToString();
        return
        [
            .. ElementsOf(set)
                .Select(element => PartsOf(element.ValueKind == JsonValueKind.Object && element.TryGetProperty("elem", out JsonElement inner) ? inner.GetProperty("val") : element))
                .Where(parts => parts[0] == wanted)
                .Select(parts => string.Join(" . ", parts)),
        ];
    }

    /// <summary>The elements of a set that have a comment.</summary>
    public IReadOnlyList<string> Remarked(string set, string comment) =>
    [
        .. from element in ElementsOf(set)
           where element.ValueKind == JsonValueKind.Object
           let inner = element.TryGetProperty("elem", out JsonElement whole) ? whole : default
           where inner.ValueKind == JsonValueKind.Object && inner.TryGetProperty("comment", out JsonElement remark) && remark.GetString() == comment
           select string.Join(" . ", PartsOf(inner.GetProperty("val"))),
    ];

    /// <summary>The elements of a set of refused connections.</summary>
    public IEnumerable<(IPAddress Guest, DeniedAttempt Attempt)> Denied(string set)
    {
        foreach (JsonElement element in ElementsOf(set))
        {
            if (element.ValueKind == JsonValueKind.Object
                && element.TryGetProperty("elem", out JsonElement inner)
                && PartsOf(inner.GetProperty("val")) is [{ } guest, { } address, { } protocol, { } port]
                && ushort.TryParse(port, out ushort number))
            {
                long packets = inner.TryGetProperty("counter", out JsonElement counter) ? counter.GetProperty("packets").GetInt64() : 0;
                yield return (IPAddress.Parse(guest), new DeniedAttempt(IPAddress.Parse(address), protocol, number, packets));
            }
        }
    }

    /// <summary>The packets of an element's counter.</summary>
    public long PacketsOf(string set, IPAddress address)
    {
        string wanted = address.ToString();
        return ElementsOf(set)
            .Where(element => element.ValueKind == JsonValueKind.Object && KeyOf(element).ToString() == wanted)
            .Sum(element => element.GetProperty("elem").TryGetProperty("counter", out JsonElement counter) ? counter.GetProperty("packets").GetInt64() : 0);
    }

    /// <summary>The packets of the counters that are listed.</summary>
    /// <param name="json">The answer to <c>list counter</c>.</param>
    public static long PacketsOf(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("nftables").EnumerateArray()
            .Sum(entry => entry.TryGetProperty("counter", out JsonElement counter) ? counter.GetProperty("packets").GetInt64() : 0);
    }

    /// <summary>The chains of all tables that see forwarded packets.</summary>
    /// <param name="json">The answer to <c>list chains</c>.</param>
    public static IEnumerable<FilterChain> ForwardChains(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        foreach (JsonElement entry in document.RootElement.GetProperty("nftables").EnumerateArray())
        {
            if (entry.TryGetProperty("chain", out JsonElement chain)
                && chain.TryGetProperty("hook", out JsonElement hook) && hook.GetString() == "forward"
                && chain.GetProperty("family").GetString() is "ip" or "ip6" or "inet")
            {
                yield return new FilterChain(
                    chain.GetProperty("family").GetString()!,
                    chain.GetProperty("table").GetString()!,
                    chain.GetProperty("name").GetString()!,
                    chain.TryGetProperty("policy", out JsonElement policy) && policy.GetString() == "drop");
            }
        }
    }

    /// <summary>Whether a chain's last rule drops or rejects whatever comes to it, as firewalld's do.</summary>
    /// <param name="json">The answer to <c>list chain</c>.</param>
    public static bool EndsWithDrop(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement last = document.RootElement.GetProperty("nftables").EnumerateArray().LastOrDefault(entry => entry.TryGetProperty("rule", out _));
        return last.ValueKind == JsonValueKind.Object
            && last.GetProperty("rule").GetProperty("expr").EnumerateArray().All(statement => statement.EnumerateObject().All(one => one.Name is "drop" or "reject" or "counter" or "log"))
            && last.GetProperty("rule").GetProperty("expr").EnumerateArray().Any(statement => statement.TryGetProperty("drop", out _) || statement.TryGetProperty("reject", out _));
    }

    /// <summary>An element of a map is a pair; one with a comment, counter or timeout is an object.</summary>
    private static JsonElement KeyOf(JsonElement element)
    {
        JsonElement key = element.ValueKind == JsonValueKind.Array ? element[0] : element;
        return key.ValueKind == JsonValueKind.Object && key.TryGetProperty("elem", out JsonElement inner) ? inner.GetProperty("val") : key;
    }

    private JsonElement[] ElementsOf(string name) => elements.GetValueOrDefault(name, []);

    private static string[] PartsOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("concat", out JsonElement parts) ? [.. parts.EnumerateArray().Select(part => part.ToString())] : [value.ToString()];
}
