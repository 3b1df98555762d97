namespace Hearth.Tar;

/// <summary>Why an archive could not be packed or unpacked.</summary>
public enum TarError
{
    /// <summary>The archive, or what it is to become, cannot be.</summary>
    Refused,

    /// <summary>A system call failed.</summary>
    System,
}
