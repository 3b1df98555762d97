using System.Buffers;
using System.Text.Json;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// Converts control messages to JSON and back. A message is one object; <c>type</c> is its type. Unknown members are ignored,
/// so that a newer side can send more members to an older one.
/// </summary>
/// <remarks>
/// It is written by hand on System.Text.Json's reader and writer: the source-generated serializer makes the guest's init 1 MB
/// larger and its first message 1.4 ms later (docs/guest-channel.md).
/// </remarks>
public static class GuestMessageJson
{
    /// <summary>The deepest message has 3 levels; the limit refuses JSON that cannot be a message.</summary>
    private const int MaxDepth = 8;

    public static byte[] Serialize(GuestMessage message)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            if (!HostMessageJson.TryWrite(writer, message) && !ReplyMessageJson.TryWrite(writer, message)
                && !RequestMessageJson.TryWrite(writer, message) && !AnswerMessageJson.TryWrite(writer, message))
            {
                throw new InvalidOperationException($"cannot write {message.GetType().Name}: it has no JSON form");
            }

            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }

    /// <exception cref="GuestProtocolException">
    /// It is not JSON, its type is unknown, or a member is missing or of the wrong kind.
    /// </exception>
    public static GuestMessage Deserialize(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            JsonMembers members = new(document.RootElement);
            string type = members.Text("type");
            return HostMessageJson.Read(type, members)
                ?? ReplyMessageJson.Read(type, members)
                ?? RequestMessageJson.Read(type, members)
                ?? AnswerMessageJson.Read(type, members)
                ?? throw new GuestProtocolException(
                    GuestProtocolError.BadMessage, $"the peer sent a control message of the unknown type '{type}'");
        }
        catch (JsonException e)
        {
            throw new GuestProtocolException(
                GuestProtocolError.BadMessage, $"the peer sent a control message of {json.Length} bytes that is not JSON", e);
        }
    }
}
