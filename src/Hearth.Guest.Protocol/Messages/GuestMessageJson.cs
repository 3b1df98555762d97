using System.Buffers;
using System.Text.Json;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// Control messages to JSON and back. A message is one object; its <c>type</c> says which. Members that are not known are
/// passed over, so that an older side can be told more.
/// </summary>
/// <remarks>
/// Written by hand on System.Text.Json's own reader and writer: its serializer, source-generated, makes the guest's init 1 MB
/// larger and its first message 1.4 ms later (docs/guest-channel.md).
/// </remarks>
public static class GuestMessageJson
{
    /// <summary>The deepest message has its members at level 3; what is deeper is not a message.</summary>
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
                throw new InvalidOperationException($"{message.GetType().Name} has no JSON form.");
            }

            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }

    /// <exception cref="GuestProtocolException">Not JSON, of no known type, a member missing or of the wrong kind.</exception>
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
                    GuestProtocolError.BadMessage, $"The peer sent a control message of the unknown type '{type}'.");
        }
        catch (JsonException e)
        {
            throw new GuestProtocolException(
                GuestProtocolError.BadMessage, $"The peer sent a control message of {json.Length} bytes that is not JSON.", e);
        }
    }
}
