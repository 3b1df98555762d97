using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>Control messages to JSON and back; what comes from the peer is hostile until it is a <see cref="GuestMessage"/>.</summary>
internal static class GuestMessageJson
{
    /// <summary>Appends nothing and copies nothing twice: the result is one message's JSON.</summary>
    public static byte[] Serialize(GuestMessage message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, GuestMessageContext.Default.GuestMessage);

    /// <exception cref="GuestProtocolException">Not JSON, unknown type, a member missing or null, or of the wrong kind.</exception>
    public static GuestMessage Deserialize(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, GuestMessageContext.Default.GuestMessage)
                ?? throw new JsonException("It is null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new GuestProtocolException(
                GuestProtocolError.BadMessage, $"The peer sent a control message of {json.Length} bytes that cannot be read: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 8)]
[JsonSerializable(typeof(GuestMessage))]
internal sealed partial class GuestMessageContext : JsonSerializerContext;
