using System.Collections.Immutable;
using Hearth.Containers;
using Hearth.Records.Rotation;
using Hearth.Records.Starts;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker.Starts;

/// <summary>
/// The last starts of this host, also those that other programs requested. It follows the journal, so it knows those of before this daemon and
/// those of the command line.
/// </summary>
internal sealed class StartHistory(HearthDirectories directories, ILogger log)
{
    /// <summary>How many are kept.</summary>
    public const int Most = 1000;

    private const string What = "the reports of starts";

    private readonly Lock gate = new();
    private ImmutableList<StartRecord> records = [];

    /// <summary>Called for each record once, in the order of the journal, by one thread at a time; false for those of before this daemon.</summary>
    public event Action<StartRecord, bool>? Recorded;

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
    /// <exception cref="HearthException">The journal cannot be opened.</exception>
    public Task FollowAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        JournalReading<StartRecord> reading = new StartJournal(directories).Open(follow: true);
        return Following.RepeatAsync(reading, record => Add(record, reading.IsNew), What, clock, log, cancellationToken);
    }

    internal void Add(StartRecord record, bool isNew)
    {
        lock (gate)
        {
            int started = record.Stage == StartStage.Ended ? records.FindLastIndex(other => other.Id == record.Id && other.Stage == StartStage.Started) : -1;
            records = started < 0 ? records.Add(record) : records.SetItem(started, record);
            records = records.Count > Most ? records.RemoveAt(0) : records;
        }

        foreach (Action<StartRecord, bool> receive in Delegate.EnumerateInvocationList(Recorded))
        {
            Following.PassOn(() => receive(record, isNew), What, log);
        }
    }
}
