namespace Hearth.Linux.Kernel;

/// <summary>struct timespec (64-bit).</summary>
internal struct TimeSpecification
{
    internal long Seconds;
    internal long Nanoseconds;
}
