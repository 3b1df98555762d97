using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hearth.Containers.Specification;

/// <summary>Reads the specification's documents and reports where one is wrong.</summary>
internal static class SpecificationReading
{
    /// <exception cref="HearthException">The bytes are not JSON, or not the expected document.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string subject)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new HearthException(HearthError.InvalidRequest, $"cannot read {subject}: it is null");
        }
        catch (JsonException exception)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot read {subject}: {Where(exception)}{exception.Message.Split(" Path: ")[0]}", exception);
        }
    }

    private static string Where(JsonException exception) => exception.LineNumber is long line
        ? $"line {line + 1}, byte {exception.BytePositionInLine + 1}{(exception.Path is { Length: > 1 } path ? $", at {path}" : "")}: "
        : "";
}
