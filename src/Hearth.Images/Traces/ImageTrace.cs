namespace Hearth.Images.Traces;

/// <summary>What a start of an image read of its files, in order. It says nothing of layers, so it fits the image's next build too.</summary>
/// <param name="Version">Of the format: <see cref="TraceDocument.Version"/>.</param>
/// <param name="Files">In the order in which they were read. A file that was read again later is listed again, with what was new.</param>
public sealed record ImageTrace(int Version, IReadOnlyList<TracedFile> Files)
{
    /// <summary>The bytes of the ranges, if a registry has them by themselves; null if only the layers have them.</summary>
    public TracePack? Pack { get; init; }
}

/// <summary>A file of which a start read something.</summary>
/// <param name="Path">With a leading slash. Bytes that are not UTF-8 are characters from U+F780 to U+F7FF.</param>
/// <param name="Digest">The first 8 bytes of the SHA-256 of its content, as 16 hexadecimal digits. Another content makes the entry void.</param>
/// <param name="Ranges">In the order in which they were read.</param>
public sealed record TracedFile(string Path, string Digest, IReadOnlyList<TracedRange> Ranges);

/// <summary>A part of a file, in bytes.</summary>
/// <param name="Offset">Of its first byte in the file.</param>
/// <param name="Length">At least 1.</param>
public sealed record TracedRange(long Offset, long Length);
