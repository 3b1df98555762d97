using System.Collections.Immutable;
using Hearth.Containers;
using Hearth.Records.Starts;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker.Starts;

/// <summary>
/// The last starts of this host, whoever requested them. It follows the journal, so it knows those of before this daemon and
/// those of the command line.
/// </summary>
internal sealed partial class StartHistory(HearthDirectories directories, ILogger log)
{
    /// <summary>How many are kept.</summary>
    public const int Most = 1000;

    private static readonly TimeSpan retry = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private ImmutableList<StartRecord> records = [];

    /// <summary>Called for each record once, in the order of the journal, by one thread at a time.</summary>
    public event Action<StartRecord>? Recorded;

    /// <summary>The newest first; one that has ended has replaced the record of its start.</summary>
    public IEnumerable<StartRecord> Newest
    {
        get
        {
            lock (gate)
            {
                return records.Reverse();
            }
        }
    }

    /// <summary>Follows the journal until it is cancelled.</summary>
    public async Task FollowAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (StartRecord record in new StartJournal(directories).ReadAsync(follow: true, cancellationToken))
                {
                    Add(record);
                }
            }
            catch (HearthException exception)
            {
                LogUnreadable(exception.Message);
                await Task.Delay(retry, clock, cancellationToken);
                lock (gate)
                {
                    records = [];
                }
            }
        }
    }

    internal void Add(StartRecord record)
    {
        lock (gate)
        {
            int started = record.Stage == StartStage.Ended ? records.FindLastIndex(other => other.Id == record.Id && other.Stage == StartStage.Started) : -1;
            records = started < 0 ? records.Add(record) : records.SetItem(started, record);
            records = records.Count > Most ? records.RemoveAt(0) : records;
        }

        Recorded?.Invoke(record);
    }

    [LoggerMessage(LogLevel.Warning, "the reports of starts cannot be read, the next attempt follows in 5 s: {Reason}")]
    private partial void LogUnreadable(string reason);
}
