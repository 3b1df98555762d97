using System.Text.Json;

namespace Hearth.Distribution.Sources.Registry.Authentication;

/// <summary>A token for some scopes, and when it is replaced.</summary>
internal sealed record BearerToken(string Text, DateTimeOffset ReplacedAt)
{
    /// <summary>The lifetime of a token whose server names none (distribution, token specification).</summary>
    private const int DefaultSeconds = 60;

    /// <summary>Longer ones are asked for anew after a day.</summary>
    private const int MostSeconds = 24 * 60 * 60;

    /// <summary>A token is replaced this long before it expires, or after four fifths of a short life.</summary>
    private static readonly TimeSpan margin = TimeSpan.FromSeconds(15);

    public bool IsFresh(TimeProvider time) => time.GetUtcNow() < ReplacedAt;

    /// <summary>Reads a token server's answer. Its clock may differ, so that only the lifetime counts.</summary>
    /// <returns>Null if it has no token.</returns>
    public static BearerToken? Read(ReadOnlyMemory<byte> json, DateTimeOffset now)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            string? text = Member(root, "token") ?? Member(root, "access_token");
            int seconds = root.TryGetProperty("expires_in", out JsonElement given) && given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out int number) && number > 0
                ? Math.Min(number, MostSeconds)
                : DefaultSeconds;
            TimeSpan life = TimeSpan.FromSeconds(seconds);
            TimeSpan used = life / 5 < margin ? life * 4 / 5 : life - margin;
            return text is null || text.AsSpan().ContainsAnyExceptInRange('!', '~') ? null : new BearerToken(text, now + used);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A token is a password.</summary>
    public override string ToString() => $"token until {ReplacedAt:u}";

    private static string? Member(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
