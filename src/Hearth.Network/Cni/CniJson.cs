using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hearth.Network.Cni;

/// <summary>JSON of configurations and plugins, all of which can be read afterwards: <see cref="JsonNode"/> finds some faults only at a member's first use.</summary>
internal static class CniJson
{
    private static readonly JsonDocumentOptions options = new() { AllowDuplicateProperties = false };

    /// <exception cref="JsonException">It is no JSON, an object has a name twice, or a text is not Unicode.</exception>
    public static JsonNode? Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, options);
            Read(document.RootElement);
        }
        catch (InvalidOperationException failure)
        {
            throw new JsonException("a text is not Unicode", failure);
        }

        return JsonNode.Parse(text);
    }

    private static void Read(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    _ = member.Name;
                    Read(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (JsonElement entry in element.EnumerateArray())
                {
                    Read(entry);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }
}
