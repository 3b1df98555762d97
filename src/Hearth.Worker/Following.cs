using Hearth.Containers;
using Hearth.Records.Rotation;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker;

/// <summary>Follows a journal for as long as the daemon runs.</summary>
internal static partial class Following
{
    private static readonly TimeSpan pause = TimeSpan.FromSeconds(5);

    /// <summary>Passes on each record once, until the token ends it. If the journal cannot be read, the next attempt continues at the same place.</summary>
    /// <param name="reading">The records; disposed of at the end.</param>
    /// <param name="receive">Gets them.</param>
    /// <param name="what">What it has, for the log.</param>
    /// <param name="clock">Waits before the next attempt.</param>
    /// <param name="log">Gets why it could not be read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RepeatAsync<T>(JournalReading<T> reading, Action<T> receive, string what, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
        where T : class
    {
        using JournalReading<T> own = reading;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (T record in own.ReadAsync(cancellationToken))
                {
                    receive(record);
                }
            }
            catch (Exception exception) when (exception is HearthException or IOException)
            {
                LogUnreadable(log, what, exception.Message);
                await Task.Delay(pause, clock, cancellationToken);
            }
        }
    }

    /// <summary>Passes a record on to one receiver. If it fails, for example because no descriptor is free, other receivers and later records are not affected.</summary>
    /// <param name="receive">The receiver.</param>
    /// <param name="what">As in <see cref="RepeatAsync"/>.</param>
    /// <param name="log">Gets why it failed.</param>
    public static void PassOn(Action receive, string what, ILogger log)
    {
        try
        {
            receive();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogLost(log, exception, what);
        }
    }

    [LoggerMessage(LogLevel.Error, "One of {What} was not taken into account by a part of hearthd")]
    private static partial void LogLost(ILogger log, Exception exception, string what);

    [LoggerMessage(LogLevel.Warning, "{What} cannot be read, the next attempt follows in 5 s: {Reason}")]
    private static partial void LogUnreadable(ILogger log, string what, string reason);
}
