using System.Text.Json;

namespace Hearth.Containers.Diagnostics;

/// <summary>The JSON form of severities and codes: <c>warning</c>, <c>root-left-out</c>.</summary>
public static class DiagnosticWords
{
    public static string Of(DiagnosticSeverity severity) => severity == DiagnosticSeverity.Warning ? "warning" : "information";

    public static string Of(DiagnosticCode code) => JsonNamingPolicy.KebabCaseLower.ConvertName(code.ToString());

    /// <summary>The severity of a word. A word of another version counts as a warning, so that it is not overlooked.</summary>
    public static DiagnosticSeverity SeverityOf(string word) => word == "information" ? DiagnosticSeverity.Information : DiagnosticSeverity.Warning;

    /// <summary>The code of a word; <see cref="DiagnosticCode.Unknown"/> if another version defines it.</summary>
    public static DiagnosticCode CodeOf(string word) => Array.Find(Enum.GetValues<DiagnosticCode>(), code => Of(code) == word);
}
