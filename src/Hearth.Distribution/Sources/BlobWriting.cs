namespace Hearth.Distribution.Sources;

/// <summary>How a blob came to a target.</summary>
public enum BlobWriting
{
    /// <summary>It was there.</summary>
    Existed,

    /// <summary>The registry took it from another of its repositories.</summary>
    Mounted,

    /// <summary>All its bytes were sent.</summary>
    Sent,
}
