namespace Hearth.Runtime.Specification;

/// <summary>The specification's <c>linux</c>.</summary>
public sealed record LinuxSpec
{
    public ResourcesSpec? Resources { get; init; }
}

/// <summary>The specification's <c>linux.resources</c>.</summary>
public sealed record ResourcesSpec
{
    public MemorySpec? Memory { get; init; }

    public CpuSpec? Cpu { get; init; }
}

/// <summary>The specification's <c>linux.resources.memory</c>.</summary>
public sealed record MemorySpec
{
    /// <summary>Bytes.</summary>
    public long? Limit { get; init; }
}

/// <summary>The specification's <c>linux.resources.cpu</c>.</summary>
public sealed record CpuSpec
{
    /// <summary>Microseconds of processor time within each <see cref="Period"/>.</summary>
    public long? Quota { get; init; }

    /// <summary>Microseconds.</summary>
    public ulong? Period { get; init; }
}
