using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Hearth.Worker;

/// <summary>What requests and answers have in common.</summary>
internal static class Answers
{
    /// <summary>A description of a container or a network is some kilobytes.</summary>
    private const long MostJsonBytes = 4 << 20;

    public static async Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK, string mediaType = "application/json")
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    public static Task NoContentAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>Writes one object of a stream of them, and sends it.</summary>
    public static async Task LineAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        await context.Response.Body.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(value, type), (byte)'\r', (byte)'\n'], context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <exception cref="ApiException">The body is missing, too large, or not such an object.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class =>
        await TryReadAsync(context, type) ?? throw ApiException.BadRequest("cannot read the request's body as JSON: it is empty, or null");

    /// <returns>Null if the body is empty, or null.</returns>
    /// <exception cref="ApiException">The body is too large, or not such an object.</exception>
    public static async Task<T?> TryReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        using MemoryStream body = new();
        byte[] buffer = new byte[16 << 10];
        for (int count; (count = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            body.Write(buffer, 0, count);
            if (body.Length > MostJsonBytes)
            {
                throw new ApiException(StatusCodes.Status413PayloadTooLarge, $"the request's body is larger than {MostJsonBytes >> 20} MiB");
            }
        }

        try
        {
            ReadOnlySpan<byte> json = body.GetBuffer().AsSpan(0, (int)body.Length);
            if (json.Length == 0)
            {
                return null;
            }

            RefuseNullInLists(json);
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException exception)
        {
            throw ApiException.BadRequest($"cannot read the request's body as JSON: {exception.Message}");
        }
    }

    /// <summary>No request has a use for null in a list, and what reads lists does not expect it.</summary>
    /// <exception cref="JsonException">There is one.</exception>
    private static void RefuseNullInLists(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json);
        ulong lists = 0; // A bit for each level: the reader takes 64 at most.
        ReadOnlySpan<byte> last = default;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    last = reader.ValueSpan;
                    break;
                case JsonTokenType.StartArray:
                    lists |= 1ul << reader.CurrentDepth;
                    break;
                case JsonTokenType.StartObject:
                    lists &= ~(1ul << reader.CurrentDepth);
                    break;
                case JsonTokenType.Null when reader.CurrentDepth > 0 && (lists & (1ul << (reader.CurrentDepth - 1))) != 0:
                    throw new JsonException($"null in the list '{Encoding.UTF8.GetString(last)}'");
            }
        }
    }

    /// <summary>docker's truth: everything but an empty text, 0, no, false and none.</summary>
    public static bool Switch(HttpContext context, string name, bool missing = false) => context.Request.Query.TryGetValue(name, out StringValues values)
        ? values.ToString().Trim().ToLowerInvariant() is not ("" or "0" or "no" or "false" or "none")
        : missing;

    public static string? Text(HttpContext context, string name) => context.Request.Query.TryGetValue(name, out StringValues values) && values.ToString() is { Length: > 0 } text ? text : null;

    /// <exception cref="ApiException">It is there, and not a number.</exception>
    public static int? Number(HttpContext context, string name) => Text(context, name) is not { } text ? null
        : int.TryParse(text, out int number) ? number : throw ApiException.BadRequest($"invalid value '{text}' of {name}: it must be a number");

    public static string Route(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    /// <summary>docker's <c>filters</c>: an object of lists, or of objects whose names are the values.</summary>
    /// <returns><c>NAME=VALUE</c> each.</returns>
    /// <exception cref="ApiException">It is something else.</exception>
    public static IReadOnlyList<string> Filters(HttpContext context)
    {
        if (Text(context, "filters") is not { } text)
        {
            return [];
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return [.. document.RootElement.EnumerateObject().SelectMany(filter => filter.Value.ValueKind == JsonValueKind.Array
                ? filter.Value.EnumerateArray().Select(value => $"{filter.Name}={value.GetString()}")
                : filter.Value.EnumerateObject().Where(value => value.Value.ValueKind == JsonValueKind.True).Select(value => $"{filter.Name}={value.Name}"))];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw ApiException.BadRequest($"invalid filters '{text}': {exception.Message}");
        }
    }
}
