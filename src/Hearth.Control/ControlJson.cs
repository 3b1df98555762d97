using System.Buffers;
using System.Text.Json;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Control;

/// <summary>
/// Messages as JSON: an object with one member, whose name is the kind of the message. Unknown members are ignored, since a keeper
/// is as old as its container and its clients may be newer.
/// </summary>
/// <remarks>
/// This code uses System.Text.Json's reader and writer directly, as the guest's messages do. The serializer would build its
/// metadata in each client process, which took a quarter of the process's time.
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
                throw new InvalidOperationException($"{message.GetType().Name} has no JSON form");
            }

            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }

    /// <exception cref="JsonException">The JSON is not a message.</exception>
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
                ?? throw new JsonException($"unknown message '{name}'");
        }
        catch (Exception exception) when (exception is GuestProtocolException or InvalidOperationException)
        {
            // A member is missing or has another type, or a string escapes half a surrogate pair.
            throw new JsonException(exception.Message, exception);
        }
    }
}
