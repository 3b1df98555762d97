using System.Net;
using System.Net.Http.Headers;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry.Blobs;

/// <summary>Checks what a registry answers when it is asked for a part of a blob (RFC 9110, section 14).</summary>
internal static class BlobAnswer
{
    /// <summary>Names the part that a request wants.</summary>
    /// <param name="message">The request.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="end">After the last byte; null for the blob's end.</param>
    public static void AskFor(HttpRequestMessage message, long offset, long? end)
    {
        if (offset > 0 || end is not null)
        {
            message.Headers.Range = new RangeHeaderValue(offset, end - 1);
        }
    }

    /// <returns>Where the answer's body begins: at the offset, or at 0 if the registry ignores ranges.</returns>
    /// <exception cref="RequestException">It is another part, or the blob has another size.</exception>
    public static long BeginningOf(HttpResponseMessage answer, string host, Descriptor blob, long offset, long end)
    {
        if (answer.Content.Headers.ContentEncoding.Any(encoding => encoding != "identity"))
        {
            throw new RequestException(ImageError.RegistryFault, $"{host} sends the blob in another encoding ({string.Join(',', answer.Content.Headers.ContentEncoding)})");
        }

        return answer.StatusCode switch
        {
            HttpStatusCode.PartialContent => BeginningOfPart(answer.Content.Headers, host, blob, offset, end),
            HttpStatusCode.OK => answer.Content.Headers.ContentLength is null || answer.Content.Headers.ContentLength == blob.Size ? 0
                : throw WrongSize(host, blob, answer.Content.Headers.ContentLength.Value),
            _ => throw new RequestException(ImageError.RegistryFault, $"{host} answers {(int)answer.StatusCode} to a request for a blob"),
        };
    }

    /// <summary>The failure behind an answer that the range does not exist.</summary>
    public static RequestException OutOfRange(HttpResponseMessage answer, string host, Descriptor blob) => answer.Content.Headers.ContentRange?.Length is { } length && length != blob.Size
        ? WrongSize(host, blob, length)
        : new RequestException(ImageError.RegistryFault, $"{host} refuses a range within the blob (416)");

    private static long BeginningOfPart(HttpContentHeaders headers, string host, Descriptor blob, long offset, long end)
    {
        ContentRangeHeaderValue? range = headers.ContentRange;
        if (range?.Length is { } length && length != blob.Size)
        {
            throw WrongSize(host, blob, length);
        }

        bool isWanted = range is { Unit: "bytes", HasRange: true } && range.From == offset && range.To == end - 1
            && (headers.ContentLength is null || headers.ContentLength == end - offset);
        return isWanted
            ? offset
            : throw new RequestException(ImageError.RegistryFault, $"{host} was asked for bytes {offset}-{end - 1} and sends '{range?.ToString() ?? "an unnamed part"}'");
    }

    private static RequestException WrongSize(string host, Descriptor blob, long size) =>
        new(ImageError.RegistryFault, $"{host} has {size} bytes for it, and the manifest says {blob.Size}");
}
