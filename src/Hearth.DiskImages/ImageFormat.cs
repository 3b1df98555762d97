namespace Hearth.DiskImages;

/// <summary>The file systems that a virtual disk can contain.</summary>
public enum ImageFormat
{
    /// <summary>SquashFS 4.0 with stored blocks: every kernel since 2.6.29.</summary>
    SquashFs,

    /// <summary>EROFS with plain inodes: kernels since 5.4 that were built with it.</summary>
    Erofs,
}
