using System.Text.Json;

namespace Hearth.Containers.Diagnostics;

/// <summary>Severities and codes as the words that JSON has: <c>warning</c>, <c>root-left-out</c>.</summary>
public static class DiagnosticWords
{
    public static string Of(DiagnosticSeverity severity) => severity == DiagnosticSeverity.Warning ? "warning" : "information";

    public static string Of(DiagnosticCode code) => JsonNamingPolicy.KebabCaseLower.ConvertName(code.ToString());

    /// <summary>The severity of a word; a warning where it is another version's, so that nobody misses it.</summary>
    public static DiagnosticSeverity SeverityOf(string word) => word == "information" ? DiagnosticSeverity.Information : DiagnosticSeverity.Warning;

    /// <summary>The code of a word; <see cref="DiagnosticCode.Unknown"/> where it is another version's.</summary>
    public static DiagnosticCode CodeOf(string word) => Array.Find(Enum.GetValues<DiagnosticCode>(), code => Of(code) == word);
}
