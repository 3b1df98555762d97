namespace Hearth.Linux.Mounts;

/// <summary>struct open_how of openat2(2): 24 bytes.</summary>
internal struct OpenHow
{
    internal ulong Flags;
    internal ulong Mode;
    internal ulong Resolve;
}
