namespace Hearth.Distribution;

/// <summary>An image that cannot be found, read, transferred or stored. The message names the act, the object and the cause.</summary>
public sealed class ImageException(ImageError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public ImageError Error { get; } = error;
}
