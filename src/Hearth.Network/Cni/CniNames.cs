using System.Text.Json.Nodes;

namespace Hearth.Network.Cni;

/// <summary>The DNS servers of a CNI network, from the plugins' result.</summary>
/// <param name="Servers">Their addresses.</param>
/// <param name="Search">The domains for short names.</param>
/// <param name="Options">The resolver's options.</param>
public sealed record CniNames(IReadOnlyList<string> Servers, IReadOnlyList<string> Search, IReadOnlyList<string> Options)
{
    /// <returns>The servers of a result; null if it names none.</returns>
    public static CniNames? Of(string result)
    {
        JsonObject? names = JsonNode.Parse(result)?["dns"] as JsonObject;
        string[] servers = TextsOf(names, "nameservers");
        string[] search = TextsOf(names, "search");
        string? domain = names is null ? null : CniConfiguration.TextOf(names, "domain");
        return servers.Length == 0 ? null : new CniNames(servers, search.Length == 0 && domain is { Length: > 0 } ? [domain] : search, TextsOf(names, "options"));
    }

    /// <summary>White space would start another line or word of resolv.conf.</summary>
    private static string[] TextsOf(JsonObject? from, string member) => from?[member] is JsonArray list
        ? [.. list.OfType<JsonValue>().Select(value => value.TryGetValue(out string? text) ? text : "").Where(text => text.Length > 0 && !text.Any(char.IsWhiteSpace))]
        : [];
}
