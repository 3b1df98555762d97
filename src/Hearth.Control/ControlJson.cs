using System.Buffers;
using System.Text.Json;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Control;

/// <summary>
/// Messages as JSON: an object of one member, whose name says which message its value is. Members that are not known are passed
/// over, since a keeper is as old as its container and its clients are newer.
/// </summary>
/// <remarks>
/// Written by hand on System.Text.Json's own reader and writer, as the guest's are: its serializer would describe each message's
/// type to itself in every client's short life, which took a quarter of it.
/// </remarks>
internal static class ControlJson
{
    public static byte[] Serialize(ControlMessage message)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            if (!ControlRequestJson.TryWrite(writer, message) && !ControlReplyJson.TryWrite(writer, message))
            {
                throw new InvalidOperationException($"{message.GetType().Name} has no JSON form.");
            }

            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }

    /// <exception cref="JsonException">It is no message.</exception>
    public static ControlMessage Deserialize(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonMembers message = new(document.RootElement);
            string name = message.OnlyName();
            JsonMembers members = message.Members(name);
            return ControlRequestJson.Read(name, members)
                ?? ControlReplyJson.Read(name, members)
                ?? throw new JsonException($"there is no message '{name}'");
        }
        catch (Exception exception) when (exception is GuestProtocolException or InvalidOperationException)
        {
            // A member that is missing or of another kind, or a name that escapes half a character.
            throw new JsonException(exception.Message, exception);
        }
    }
}
