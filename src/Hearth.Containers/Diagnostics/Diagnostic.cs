namespace Hearth.Containers.Diagnostics;

/// <summary>A message of an operation that succeeded or continued, besides its result.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Code">Its subject, for programs.</param>
/// <param name="Text">One clause for users. The caller that prints it adds the severity.</param>
public sealed record Diagnostic(DiagnosticSeverity Severity, DiagnosticCode Code, string Text)
{
    public static Diagnostic Information(DiagnosticCode code, string text) => new(DiagnosticSeverity.Information, code, text);

    public static Diagnostic Warning(DiagnosticCode code, string text) => new(DiagnosticSeverity.Warning, code, text);

    /// <summary>Creates one warning for each text.</summary>
    public static IEnumerable<Diagnostic> Warnings(DiagnosticCode code, IEnumerable<string> texts) => texts.Select(text => Warning(code, text));
}
