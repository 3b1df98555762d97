namespace Hearth.DiskImages;

/// <summary>Why an image could not be planned or read.</summary>
public enum DiskImageError
{
    TooLarge,
    Corrupt,
    Unsupported,
    SourceUnreadable,
    SourceChanged,
}

/// <summary>An image could not be planned, or bytes are not a valid image; the message says what is wrong, and where.</summary>
public sealed class DiskImageException(DiskImageError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public DiskImageError Error { get; } = error;
}
