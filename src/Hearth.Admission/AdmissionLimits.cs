using Hearth.Containers;

namespace Hearth.Admission;

/// <summary>How much this host takes.</summary>
public sealed record AdmissionLimits
{
    /// <summary>Of a container's monitor and keeper, besides its guest's memory.</summary>
    public static readonly ByteSize DefaultOverhead = new(96L << 20);

    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(1);

    /// <summary>The memory of all machines with their overhead.</summary>
    public required ByteSize Memory { get; init; }

    /// <summary>The processors of all machines; 0 for any number, since machines share processors.</summary>
    public int Processors { get; init; }

    public ByteSize Overhead { get; init; } = DefaultOverhead;

    /// <summary>How many may boot at once; 0 to decide by how guests run.</summary>
    public int Boots { get; init; }

    /// <summary>How long a start may wait for its turn.</summary>
    public TimeSpan Deadline { get; init; } = DefaultDeadline;
}
