namespace Hearth.Distribution;

/// <summary>The kind of an image's failure.</summary>
public enum ImageError
{
    /// <summary>A reference, a platform or another value is malformed.</summary>
    InvalidRequest,

    /// <summary>No image has this name, or the image lacks the platform.</summary>
    Unknown,

    /// <summary>A manifest, a layer or an index does not follow its format, or exceeds a limit.</summary>
    Malformed,

    /// <summary>Bytes do not have the digest that names them.</summary>
    DigestMismatch,

    /// <summary>The registry refused the credentials, or needs some.</summary>
    Unauthorized,

    /// <summary>The registry cannot be reached, stalls, or answers with an error.</summary>
    Unreachable,

    /// <summary>The registry answered what the distribution specification does not allow.</summary>
    RegistryFault,

    /// <summary>The image uses a feature that is not supported.</summary>
    Unsupported,

    /// <summary>The store cannot be read or written.</summary>
    StorageFailed,

    /// <summary>The store would exceed the limit that the user set.</summary>
    LimitExceeded,

    /// <summary>The image is in use.</summary>
    InUse,
}
