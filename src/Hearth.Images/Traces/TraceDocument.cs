using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Layers.Index;

namespace Hearth.Images.Traces;

/// <summary>
/// A trace as a file or blob: JSON, <c>{"version":1,"files":[{"path":"/bin/sh","digest":"0123456789abcdef","ranges":[{"offset":0,"length":4096}]}]}</c>,
/// and <c>"pack":{"digest":"sha256:…","bytes":4096,"chunks":[{"length":2048,"digest":"0123456789abcdef0123456789abcdef"}]}</c> if there is one.
/// </summary>
internal static class TraceDocument
{
    public const int Version = 1;

    /// <summary>Some 40,000 files. A start that reads more gains nothing by a trace: it reads the image.</summary>
    public const int MostBytes = 4 << 20;

    /// <summary>The reader's limit on files and on ranges.</summary>
    public const int MostRanges = 50_000;

    /// <summary>zstd adds some bytes to what it cannot compress.</summary>
    private const int MostChunkBytes = TracePack.ChunkBytes + (1 << 10);

    /// <exception cref="ImageException">The trace is larger than <see cref="MostBytes"/>.</exception>
    public static byte[] Write(ImageTrace trace)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(trace, TraceJson.Default.ImageTrace);
        return bytes.Length <= MostBytes ? bytes : throw TooLarge(bytes.Length);
    }

    /// <exception cref="ImageException">The bytes are no trace of this version.</exception>
    public static ImageTrace Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MostBytes)
        {
            throw TooLarge(bytes.Length);
        }

        try
        {
            ImageTrace trace = JsonSerializer.Deserialize(bytes, TraceJson.Default.ImageTrace) ?? throw Malformed("it is empty");
            return trace.Version == Version && trace.Files.All(IsSound) && trace.Files.Count <= MostRanges && trace.Files.Sum(file => file.Ranges.Count) <= MostRanges && IsSound(trace.Pack)
                ? trace
                : throw Malformed("its version is unknown, or it has values that no trace has");
        }
        catch (JsonException exception)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read the trace: {exception.Message}", exception);
        }
    }

    /// <summary>Why a trace of so many bytes is refused.</summary>
    public static ImageException TooLarge(long bytes) => Malformed($"it has {bytes} bytes, and at most {MostBytes} are supported");

    private static bool IsSound(TracedFile? file) => file is { Path: ['/', ..], Digest.Length: 2 * LayerIndex.FileDigestBytes, Ranges: not null }
        && file.Ranges.All(range => range is { Offset: >= 0, Length: > 0 } && range.Offset <= long.MaxValue - range.Length);

    private static bool IsSound(TracePack? pack) => pack is null || (Digest.TryParse(pack.Digest, out _)
        && pack.Bytes is > 0 and <= TracePack.MostBytes
        && pack.Chunks.Count == TracePack.CountOf(pack.Bytes)
        && pack.Chunks.All(chunk => chunk is { Length: > 0 and <= MostChunkBytes, Digest.Length: 2 * TracePack.DigestBytes }));

    private static ImageException Malformed(string cause) => new(ImageError.Malformed, $"cannot read the trace: {cause}");
}

/// <summary>See <see cref="TraceDocument"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 8)]
[JsonSerializable(typeof(ImageTrace))]
internal sealed partial class TraceJson : JsonSerializerContext;
