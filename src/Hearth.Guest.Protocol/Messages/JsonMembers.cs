using System.Text.Json;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// A peer's JSON object, read by member. A missing member or one of the wrong kind is a <see cref="GuestProtocolException"/>.
/// </summary>
internal readonly struct JsonMembers
{
    private readonly JsonElement element;

    public JsonMembers(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Refuse("an object is expected");
        }

        this.element = element;
    }

    public string Text(string name) => AsText(Require(name, JsonValueKind.String), name);

    public string? OptionalText(string name) => Find(name) is null ? null : Text(name);

    public bool Flag(string name) => Find(name) is { } value && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Refuse($"'{name}' is not true or false"),
    };

    public int Int32(string name) => checked((int)Int64(name, int.MinValue, int.MaxValue));

    public uint UInt32(string name) => (uint)Int64(name, uint.MinValue, uint.MaxValue);

    public ushort UInt16(string name) => (ushort)Int64(name, ushort.MinValue, ushort.MaxValue);

    public long Int64(string name, long least = long.MinValue, long most = long.MaxValue) =>
        Require(name, JsonValueKind.Number).TryGetInt64(out long value) && value >= least && value <= most
            ? value
            : throw Refuse($"'{name}' is not a whole number from {least} to {most}");

    public long? OptionalInt64(string name) => Find(name) is null ? null : Int64(name);

    public int? OptionalInt32(string name) => Find(name) is null ? null : Int32(name);

    public ulong UInt64(string name) =>
        Require(name, JsonValueKind.Number).TryGetUInt64(out ulong value)
            ? value
            : throw Refuse($"'{name}' is not a whole number from 0 to {ulong.MaxValue}");

    public byte[] Bytes(string name) =>
        Require(name, JsonValueKind.String).TryGetBytesFromBase64(out byte[]? bytes)
            ? bytes
            : throw Refuse($"'{name}' is not base64");

    /// <summary>Reads whole microseconds as milliseconds.</summary>
    public double Milliseconds(string name) => Int64(name) / 1000.0;

    public JsonMembers Members(string name) => new(Require(name, JsonValueKind.Object));

    /// <summary>Reads a member with its own format; null if it is missing.</summary>
    public T? Optional<T>(string name, Func<JsonElement, T?> read)
        where T : class => Find(name) is { } value ? read(value) : null;

    /// <summary>The name of the only member, for an object whose content is all in that member's value.</summary>
    public string OnlyName()
    {
        JsonElement.ObjectEnumerator members = element.EnumerateObject();
        return element.GetPropertyCount() == 1 && members.MoveNext() ? members.Current.Name : throw Refuse("one member is expected");
    }

    public JsonMembers? OptionalMembers(string name) => Find(name) is { } value ? new JsonMembers(value) : null;

    public IReadOnlyList<string> Texts(string name) => List(name, item => AsText(item, name));

    public IReadOnlyList<string>? OptionalTexts(string name) => Find(name) is null ? null : Texts(name);

    public IReadOnlyList<T> MembersList<T>(string name, Func<JsonMembers, T> read) => List(name, item => read(new JsonMembers(item)));

    public static GuestProtocolException Refuse(string what) =>
        new(GuestProtocolError.BadMessage, $"the peer sent an invalid control message: {what}");

    private static string AsText(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw Refuse($"'{name}' is not text");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse($"'{name}' is not valid UTF-8 or escapes half a character");
        }
    }

    private T[] List<T>(string name, Func<JsonElement, T> read)
    {
        JsonElement array = Require(name, JsonValueKind.Array);
        T[] items = new T[array.GetArrayLength()];
        int index = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            items[index++] = read(item);
        }

        return items;
    }

    private JsonElement Require(string name, JsonValueKind kind) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind
            ? value
            : throw Refuse($"'{name}' is missing or not of the kind {kind}");

    private JsonElement? Find(string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
