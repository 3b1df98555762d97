using Hearth.Containers.Diagnostics;

namespace Hearth.Containers.Tests;

/// <summary>The words of diagnostics in JSON, which programs compare: any change here breaks them.</summary>
public sealed class DiagnosticWordsTests
{
    private static readonly string[] words =
    [
        "unknown", "root-packed", "root-fallback", "root-left-out", "root-changed", "cache-unusable", "cache-full", "share-is-snapshot", "share-ended",
        "network-unavailable", "network-doubtful", "network-restored", "host-switch-turned-on", "limit-not-applied", "machine-not-confined", "vmm-doubtful", "guest-setup-differs", "guest-not-shut-down", "log-fault", "copy-incomplete",
        "release-failed", "end-not-recorded", "removal-failed", "crash-settled", "crash-not-settled", "record-unreadable", "leftovers-removed", "leftovers-not-removed",
        "bundle-member-ignored", "bundle-hooks-ignored", "hook-failed", "signal-not-delivered", "changes-lost",
    ];

    [Fact]
    public void Codes_have_these_words() => Assert.Equal(words, Enum.GetValues<DiagnosticCode>().Select(DiagnosticWords.Of));

    [Fact]
    public void Words_are_read_as_they_were_written()
    {
        Assert.All(Enum.GetValues<DiagnosticCode>(), code => Assert.Equal(code, DiagnosticWords.CodeOf(DiagnosticWords.Of(code))));
        Assert.All(Enum.GetValues<DiagnosticSeverity>(), severity => Assert.Equal(severity, DiagnosticWords.SeverityOf(DiagnosticWords.Of(severity))));
    }

    [Fact]
    public void Words_of_another_version_are_a_warning_of_an_unknown_code() =>
        Assert.Equal((DiagnosticSeverity.Warning, DiagnosticCode.Unknown), (DiagnosticWords.SeverityOf("fatal"), DiagnosticWords.CodeOf("root-on-fire")));
}
