namespace Hearth.Containers.Diagnostics;

/// <summary>The importance of a <see cref="Diagnostic"/>. A failure that ends an operation is an exception, not a diagnostic.</summary>
public enum DiagnosticSeverity
{
    /// <summary>Progress, for the waiting user.</summary>
    Information,

    /// <summary>Something differs from the request, or needs attention.</summary>
    Warning,
}
