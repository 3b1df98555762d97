using Hearth.Client.Tests.Support;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Hearth.Client.Tests;

/// <summary>What a program that uses the library finds in its log.</summary>
public sealed class LoggingTests : IDisposable
{
    private readonly ClientPlace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task What_is_made_and_removed_is_logged()
    {
        await place.Service.RemoveAsync(place.Container.Id, force: false);
        Assert.Equal(
            [(LogLevel.Information, 1, $"created container {place.Container.Id} ('web')"), (LogLevel.Information, 8, $"removed container {place.Container.Id}")],
            place.Log.Entries);
    }

    [Fact]
    public async Task A_failure_is_logged_once_with_its_kind()
    {
        await Assert.ThrowsAsync<HearthException>(() => place.Service.PauseAsync(place.Container.Id));
        (LogLevel level, int id, string text) = Assert.Single(place.Log.Entries.Skip(1));
        Assert.Equal((LogLevel.Error, 11), (level, id));
        Assert.StartsWith($"cannot pause container {place.Container.Id} (WrongState): ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Diagnostics_are_logged_with_severity_and_code()
    {
        string damaged = Directory.CreateDirectory(Path.Combine(place.Directories.Containers, "damaged")).FullName;
        File.WriteAllText(Path.Combine(damaged, "resources.json"), "{");

        Diagnostic diagnostic = Assert.Single(place.Service.Reconcile());

        Assert.Equal((DiagnosticSeverity.Warning, DiagnosticCode.LeftoversNotRemoved), (diagnostic.Severity, diagnostic.Code));
        Assert.Equal((LogLevel.Warning, 20, $"LeftoversNotRemoved: {diagnostic.Text}"), place.Log.Entries[^1]);
    }
}
