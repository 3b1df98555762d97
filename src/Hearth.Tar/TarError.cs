namespace Hearth.Tar;

/// <summary>Why an archive could not be packed or unpacked.</summary>
public enum TarError
{
    /// <summary>The archive, or what it would create, is invalid or not allowed.</summary>
    Refused,

    /// <summary>A system call failed.</summary>
    System,
}
