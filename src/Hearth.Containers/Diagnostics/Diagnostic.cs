namespace Hearth.Containers.Diagnostics;

/// <summary>What an operation reports besides its result: it succeeded, or went on, and somebody should know this.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Code">What it is about, for programs.</param>
/// <param name="Text">One clause for people, without the severity: who shows it adds that.</param>
public sealed record Diagnostic(DiagnosticSeverity Severity, DiagnosticCode Code, string Text)
{
    public static Diagnostic Information(DiagnosticCode code, string text) => new(DiagnosticSeverity.Information, code, text);

    public static Diagnostic Warning(DiagnosticCode code, string text) => new(DiagnosticSeverity.Warning, code, text);

    /// <summary>The same warning about several things.</summary>
    public static IEnumerable<Diagnostic> Warnings(DiagnosticCode code, IEnumerable<string> texts) => texts.Select(text => Warning(code, text));
}
