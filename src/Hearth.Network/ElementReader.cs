using System.Net;
using System.Text.Json;

namespace Hearth.Network;

/// <summary>Reads the elements of sets and maps from nft's JSON, libnftables-json(5).</summary>
internal static class ElementReader
{
    /// <summary>The keys of a map whose values begin with an address.</summary>
    /// <param name="json">The answer to <c>list map</c>.</param>
    /// <param name="address">The address.</param>
    public static IReadOnlyList<string> KeysTo(string json, IPAddress address)
    {
        string wanted = address.ToString();
        return
        [
            .. ElementsOf(json)
                .Where(element => element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 2 && PartsOf(element[1]) is [{ } first, ..] && first == wanted)
                .Select(element => string.Join(" . ", PartsOf(element[0]))),
        ];
    }

    private static IEnumerable<JsonElement> ElementsOf(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        foreach (JsonElement entry in document.RootElement.GetProperty("nftables").EnumerateArray())
        {
            foreach (string kind in (string[])["map", "set"])
            {
                if (entry.TryGetProperty(kind, out JsonElement found) && found.TryGetProperty("elem", out JsonElement elements))
                {
                    foreach (JsonElement element in elements.EnumerateArray())
                    {
                        yield return element.Clone();
                    }
                }
            }
        }
    }

    private static string[] PartsOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("concat", out JsonElement parts) ? [.. parts.EnumerateArray().Select(part => part.ToString())] : [value.ToString()];
}
