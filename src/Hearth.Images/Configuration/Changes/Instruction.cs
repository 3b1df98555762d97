using System.Text.Json;
using Hearth.Distribution;

namespace Hearth.Images.Configuration.Changes;

/// <summary>One instruction of a Dockerfile.</summary>
/// <param name="Line">As the user gave it.</param>
/// <param name="Name">In capitals.</param>
/// <param name="Text">What follows the name.</param>
internal sealed record Instruction(string Line, string Name, string Text)
{
    /// <summary>The words of a JSON array of strings; null if the text is none, as docker then takes it for a command line.</summary>
    public string[]? TryReadArray()
    {
        if (!Text.StartsWith('['))
        {
            return null;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(Text);
            return json.RootElement.EnumerateArray().All(word => word.ValueKind == JsonValueKind.String)
                ? [.. json.RootElement.EnumerateArray().Select(word => word.GetString()!)]
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public ImageException Wrong(string cause) => new(ImageError.InvalidRequest, $"cannot use the change '{Line}': {cause}");
}
