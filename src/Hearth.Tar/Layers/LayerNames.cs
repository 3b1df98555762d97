namespace Hearth.Tar.Layers;

/// <summary>The names by which an image's layer says what it removes (image-spec, layer.md).</summary>
public static class LayerNames
{
    /// <summary>Before the name of a file or directory that is removed.</summary>
    public static ReadOnlySpan<byte> Whiteout => ".wh."u8;

    /// <summary>In a directory whose earlier content is removed.</summary>
    public static ReadOnlySpan<byte> Opaque => ".wh..wh..opq"u8;
}
