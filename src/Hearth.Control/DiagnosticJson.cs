using System.Text.Json;
using Hearth.Containers.Diagnostics;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Control;

/// <summary>A diagnostic as JSON: <c>{"severity": "warning", "code": "root-left-out", "text": "…"}</c>.</summary>
internal static class DiagnosticJson
{
    public static void Write(Utf8JsonWriter writer, Diagnostic diagnostic)
    {
        writer.WriteString("severity", DiagnosticWords.Of(diagnostic.Severity));
        writer.WriteString("code", DiagnosticWords.Of(diagnostic.Code));
        writer.WriteString("text", diagnostic.Text);
    }

    public static Diagnostic Read(JsonMembers members) =>
        new(DiagnosticWords.SeverityOf(members.Text("severity")), DiagnosticWords.CodeOf(members.Text("code")), members.Text("text"));

    public static void WriteAll(Utf8JsonWriter writer, IReadOnlyList<Diagnostic> diagnostics) =>
        writer.WriteMembersList("diagnostics", diagnostics, Write);

    public static IReadOnlyList<Diagnostic> ReadAll(JsonMembers members) => members.MembersList("diagnostics", Read);
}
