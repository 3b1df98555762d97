using Microsoft.Win32.SafeHandles;

namespace Hearth.Control.Attachment;

/// <summary>The caller's ends of a workload's standard streams. All of them stay the caller's to close.</summary>
public sealed record WorkloadStreams
{
    /// <summary>Read with blocking calls on a thread of its own; null for a workload that gets no input.</summary>
    public Stream? Input { get; init; }

    /// <summary>Takes standard output, or all that a terminal shows; written with blocking calls.</summary>
    public required Stream Output { get; init; }

    /// <summary>Takes standard error.</summary>
    public required Stream Error { get; init; }

    /// <summary>The terminal whose keys go through untouched while the workload runs; null to leave every terminal alone.</summary>
    public SafeFileHandle? Keyboard { get; init; }

    /// <summary>The terminal whose size the workload's terminal has; null for none.</summary>
    public SafeFileHandle? Screen { get; init; }
}
