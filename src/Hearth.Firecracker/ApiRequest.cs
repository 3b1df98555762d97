using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hearth.Firecracker;

/// <summary>One request of the API.</summary>
internal sealed record ApiRequest(string Method, string Path, ReadOnlyMemory<byte> Body)
{
    /// <summary>Firecracker's default limit (<c>--http-api-max-payload-size</c>). It closes the connection on larger bodies.</summary>
    internal const int BodyLimitInBytes = 51_200;

    internal static ApiRequest Get(string path) => new("GET", path, default);

    internal static ApiRequest Put<T>(string path, T body, JsonTypeInfo<T> shape) => new("PUT", path, Write("PUT", path, body, shape));

    internal static ApiRequest Patch<T>(string path, T body, JsonTypeInfo<T> shape) => new("PATCH", path, Write("PATCH", path, body, shape));

    /// <summary>A path with an id, which consists of letters, digits and underscores.</summary>
    /// <exception cref="ArgumentException">The id is empty or contains other characters.</exception>
    internal static string PathOf(string resource, string id) =>
        id.Length > 0 && id.All(character => char.IsAsciiLetterOrDigit(character) || character == '_')
            ? $"/{resource}/{id}"
            : throw new ArgumentException(
                $"'{id}' is not a valid id for Firecracker's {resource}: use letters, digits and underscores", nameof(id));

    /// <summary>The request as it is sent over the socket.</summary>
    internal byte[] ToBytes()
    {
        string content = Body.IsEmpty
            ? ""
            : $"Content-Type: application/json\r\nContent-Length: {Body.Length.ToString(CultureInfo.InvariantCulture)}\r\n";
        string head = $"{Method} {Path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n{content}\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. Body.Span];
    }

    public override string ToString() => $"{Method} {Path}";

    private static byte[] Write<T>(string method, string path, T body, JsonTypeInfo<T> shape)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(body, shape);
        return bytes.Length <= BodyLimitInBytes
            ? bytes
            : throw new FirecrackerException(
                FirecrackerFault.TooLarge,
                $"cannot send {method} {path}: its body has {bytes.Length} bytes, and Firecracker accepts at most {BodyLimitInBytes}")
            {
                Method = method,
                Path = path,
            };
    }
}
