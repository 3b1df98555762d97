using Microsoft.Win32.SafeHandles;

namespace Hearth.Control.Attachment;

/// <summary>The caller's ends of a workload's standard streams. The caller closes all of them.</summary>
public sealed record WorkloadStreams
{
    /// <summary>Read with blocking calls on a separate thread; null for a workload that gets no input.</summary>
    public Stream? Input { get; init; }

    /// <summary>Receives standard output, or all output of a terminal; written with blocking calls.</summary>
    public required Stream Output { get; init; }

    /// <summary>Receives standard error.</summary>
    public required Stream Error { get; init; }

    /// <summary>The terminal to put into raw mode while the workload runs; null for none.</summary>
    public SafeFileHandle? Keyboard { get; init; }

    /// <summary>The terminal whose size the workload's terminal copies; null for none.</summary>
    public SafeFileHandle? Screen { get; init; }
}
