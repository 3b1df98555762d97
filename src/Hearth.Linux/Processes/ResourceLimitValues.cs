namespace Hearth.Linux.Processes;

/// <summary>struct rlimit64; <see cref="ulong.MaxValue"/> is RLIM64_INFINITY.</summary>
internal struct ResourceLimitValues
{
    internal ulong Soft;
    internal ulong Hard;
}
