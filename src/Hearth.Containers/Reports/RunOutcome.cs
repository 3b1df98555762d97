using Hearth.Containers.Diagnostics;

namespace Hearth.Containers.Reports;

/// <summary>How a run ended.</summary>
/// <param name="ExitCode">The workload's exit code, or that of a failure by docker's conventions.</param>
/// <param name="Failure">Why the workload did not run, or did not end on its own; null otherwise.</param>
/// <param name="Diagnostics">What went wrong without keeping the workload from its end.</param>
/// <param name="Report">The run in figures; after a failure it covers the run up to that point.</param>
public sealed record RunOutcome(int ExitCode, HearthException? Failure, IReadOnlyList<Diagnostic> Diagnostics, RunReport Report)
{
    /// <summary>Why the run failed, and what could not be released of the host; null if neither is so.</summary>
    public string? Trouble
    {
        get
        {
            string[] all = [.. Failure is null ? [] : new[] { Failure.Message }, .. Diagnostics.Where(each => each.Code == DiagnosticCode.ReleaseFailed).Select(each => each.Text)];
            return all.Length == 0 ? null : string.Join('\n', all);
        }
    }

    /// <summary>The signal that ended the workload, or 0.</summary>
    public int Signal { get; init; }

    /// <summary>Whether the guest's kernel killed the workload because memory ran out.</summary>
    public bool OutOfMemory { get; init; }
}
