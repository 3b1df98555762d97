using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Hearth.Client;

/// <summary>
/// The log events of <see cref="ContainerService"/>. An event's id never changes its meaning, and is not reused after the event
/// is removed. docs/library.md refers to this list.
/// </summary>
internal static partial class ClientLog
{
    [LoggerMessage(1, LogLevel.Information, "created container {Container} ('{Name}')")]
    public static partial void Created(this ILogger log, string container, string? name);

    [LoggerMessage(2, LogLevel.Information, "started container {Container}")]
    public static partial void Started(this ILogger log, string container);

    [LoggerMessage(3, LogLevel.Information, "prepared container {Container}: its keeper is process {Keeper}")]
    public static partial void Prepared(this ILogger log, string container, int keeper);

    [LoggerMessage(4, LogLevel.Information, "stopped container {Container}")]
    public static partial void Stopped(this ILogger log, string container);

    [LoggerMessage(5, LogLevel.Information, "sent signal {Signal} to container {Container}")]
    public static partial void Signalled(this ILogger log, string container, int signal);

    [LoggerMessage(6, LogLevel.Information, "ended container {Container} by force")]
    public static partial void EndedByForce(this ILogger log, string container);

    [LoggerMessage(7, LogLevel.Warning, "killed the keeper of container {Container}, which did not answer or end")]
    public static partial void KeeperKilled(this ILogger log, string container);

    [LoggerMessage(8, LogLevel.Information, "removed container {Container}")]
    public static partial void Removed(this ILogger log, string container);

    [LoggerMessage(9, LogLevel.Debug, "started '{Command}' in container {Container}")]
    public static partial void Executed(this ILogger log, string container, string command);

    [LoggerMessage(10, LogLevel.Information, "undid the start of container {Container}, which was cancelled")]
    public static partial void StartUndone(this ILogger log, string container);

    [LoggerMessage(11, LogLevel.Error, "cannot {Act} container {Container} ({Error}): {Cause}")]
    public static partial void Failed(this ILogger log, string act, string container, HearthError error, string cause);

    [LoggerMessage(12, LogLevel.Information, "cancelled: {Act} container {Container}")]
    public static partial void Cancelled(this ILogger log, string act, string container);

    [LoggerMessage(13, LogLevel.Error, "the run of container {Container} failed ({Error}): {Cause}")]
    public static partial void RunFailed(this ILogger log, string container, HearthError error, string cause);

    /// <summary>Logs a diagnostic at the level of its severity.</summary>
    public static void Diagnosed(this ILogger log, Diagnostic diagnostic) =>
        Diagnosed(log, diagnostic.Severity == DiagnosticSeverity.Warning ? LogLevel.Warning : LogLevel.Information, diagnostic.Code, diagnostic.Text);

    [LoggerMessage(EventId = 20, Message = "{Code}: {Text}")]
    private static partial void Diagnosed(ILogger log, LogLevel level, DiagnosticCode code, string text);
}
