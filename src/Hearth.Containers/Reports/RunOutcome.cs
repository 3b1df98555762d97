using Hearth.Containers.Diagnostics;

namespace Hearth.Containers.Reports;

/// <summary>How a run ended.</summary>
/// <param name="ExitCode">The workload's, or what docker's conventions say of a failure.</param>
/// <param name="Failure">Why the workload did not run, or did not end by itself; null where it did.</param>
/// <param name="Diagnostics">What went wrong without keeping the workload from its end.</param>
/// <param name="Report">The run in figures; complete also where it failed, as far as it came.</param>
public sealed record RunOutcome(int ExitCode, HearthException? Failure, IReadOnlyList<Diagnostic> Diagnostics, RunReport Report)
{
    /// <summary>The signal that ended the workload, or 0.</summary>
    public int Signal { get; init; }

    /// <summary>Whether the guest's kernel ended the workload for want of memory.</summary>
    public bool OutOfMemory { get; init; }
}
