using Hearth.Containers;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker;

/// <summary>Follows a journal for as long as the daemon runs.</summary>
internal static partial class Following
{
    private static readonly TimeSpan pause = TimeSpan.FromSeconds(5);

    /// <param name="follow">Follows it, until the token ends it or it cannot be read.</param>
    /// <param name="what">What it has, for the log.</param>
    /// <param name="clock">Waits before the next attempt.</param>
    /// <param name="log">Gets why it could not be read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RepeatAsync(Func<Task> follow, string what, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await follow();
            }
            catch (HearthException exception)
            {
                LogUnreadable(log, what, exception.Message);
                await Task.Delay(pause, clock, cancellationToken);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "{What} cannot be read, the next attempt follows in 5 s: {Reason}")]
    private static partial void LogUnreadable(ILogger log, string what, string reason);
}
