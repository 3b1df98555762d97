using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Hearth.Runtime.Keeping;

/// <summary>
/// Messages as JSON: an object of one member, whose name says which message its value is. The serializer's own polymorphism
/// would describe all messages to itself before the first is read, which took a quarter of a short command's time.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PrepareRequest))]
[JsonSerializable(typeof(StartRequest))]
[JsonSerializable(typeof(AttachRequest))]
[JsonSerializable(typeof(ExecRequest))]
[JsonSerializable(typeof(SignalRequest))]
[JsonSerializable(typeof(StopRequest))]
[JsonSerializable(typeof(PauseRequest))]
[JsonSerializable(typeof(ResumeRequest))]
[JsonSerializable(typeof(WaitRequest))]
[JsonSerializable(typeof(EndRequest))]
[JsonSerializable(typeof(ResizeRequest))]
[JsonSerializable(typeof(AbandonMessage))]
[JsonSerializable(typeof(StatisticsRequest))]
[JsonSerializable(typeof(ProcessesRequest))]
[JsonSerializable(typeof(UpdateRequest))]
[JsonSerializable(typeof(PathRequest))]
[JsonSerializable(typeof(CopyInRequest))]
[JsonSerializable(typeof(CopyOutRequest))]
[JsonSerializable(typeof(StatisticsReply))]
[JsonSerializable(typeof(ProcessesReply))]
[JsonSerializable(typeof(PathReply))]
[JsonSerializable(typeof(NoticeReply))]
[JsonSerializable(typeof(StartedReply))]
[JsonSerializable(typeof(DoneReply))]
[JsonSerializable(typeof(FailedReply))]
[JsonSerializable(typeof(ExitedReply))]
[JsonSerializable(typeof(EndedReply))]
internal sealed partial class ControlJson : JsonSerializerContext
{
    private static readonly (string Name, Type Type)[] kinds =
    [
        ("prepare", typeof(PrepareRequest)),
        ("start", typeof(StartRequest)),
        ("attach", typeof(AttachRequest)),
        ("exec", typeof(ExecRequest)),
        ("signal", typeof(SignalRequest)),
        ("stop", typeof(StopRequest)),
        ("pause", typeof(PauseRequest)),
        ("resume", typeof(ResumeRequest)),
        ("wait", typeof(WaitRequest)),
        ("end", typeof(EndRequest)),
        ("resize", typeof(ResizeRequest)),
        ("abandon", typeof(AbandonMessage)),
        ("statistics", typeof(StatisticsRequest)),
        ("processes", typeof(ProcessesRequest)),
        ("update", typeof(UpdateRequest)),
        ("path", typeof(PathRequest)),
        ("copyIn", typeof(CopyInRequest)),
        ("copyOut", typeof(CopyOutRequest)),
        ("statisticsReply", typeof(StatisticsReply)),
        ("processesReply", typeof(ProcessesReply)),
        ("pathReply", typeof(PathReply)),
        ("notice", typeof(NoticeReply)),
        ("started", typeof(StartedReply)),
        ("done", typeof(DoneReply)),
        ("failed", typeof(FailedReply)),
        ("exited", typeof(ExitedReply)),
        ("ended", typeof(EndedReply)),
    ];

    public static byte[] Serialize(ControlMessage message)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            writer.WritePropertyName(Array.Find(kinds, kind => kind.Type == message.GetType()).Name);
            JsonSerializer.Serialize(writer, message, Describe(message.GetType()));
            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }

    /// <exception cref="JsonException">It is no message.</exception>
    public static ControlMessage Deserialize(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || !reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
        {
            throw new JsonException("an object with a member is expected");
        }

        string name = reader.GetString()!;
        Type type = Array.Find(kinds, kind => kind.Name == name).Type ?? throw new JsonException($"there is no message '{name}'");
        reader.Read();
        object message = JsonSerializer.Deserialize(ref reader, Describe(type)) ?? throw new JsonException("it is null");
        return reader.Read() && reader.TokenType == JsonTokenType.EndObject && !reader.Read()
            ? (ControlMessage)message
            : throw new JsonException("one member is expected");
    }

    private static JsonTypeInfo Describe(Type type) => Default.GetTypeInfo(type)!;
}
