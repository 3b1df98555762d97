namespace Hearth.DiskImages.Packed;

/// <summary>Why a tree could not be packed.</summary>
public enum PackingError
{
    /// <summary>The compressor does not support a requested option.</summary>
    InvalidOption,

    /// <summary>The program that packs is not installed.</summary>
    ProgramMissing,

    /// <summary>The program failed or was killed; the message contains its error output.</summary>
    ProgramFailed,

    /// <summary>There is no room for the image, or its directory cannot be written.</summary>
    StorageFailed,
}

/// <summary>A tree could not be packed; nothing is left of the attempt.</summary>
public sealed class PackingException(PackingError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public PackingError Error { get; } = error;
}
