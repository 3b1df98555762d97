namespace Hearth.Containers.Diagnostics;

/// <summary>How much a <see cref="Diagnostic"/> matters. What ends an operation is an exception, and no diagnostic.</summary>
public enum DiagnosticSeverity
{
    /// <summary>What was done, for a person who waits.</summary>
    Information,

    /// <summary>Something is not as it was asked for, or needs a person's attention.</summary>
    Warning,
}
