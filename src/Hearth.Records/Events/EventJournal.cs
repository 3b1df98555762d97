using System.Runtime.CompilerServices;
using Hearth.Containers;
using Hearth.Records.Rotation;

namespace Hearth.Records.Events;

/// <summary>The events of containers, one line of JSON each, in a file that all processes of a run directory append to.</summary>
/// <param name="directories">The directories that hold the journal.</param>
/// <param name="clock">The time for readings that end at a time.</param>
public sealed class EventJournal(HearthDirectories directories, TimeProvider clock)
{
    private const string FileName = "journal";

    /// <summary>About two thousand events.</summary>
    private const long FullSizeInBytes = 1 << 20;

    private readonly RotatedName name = new(directories.Events, FileName);
    private RotatedLines? lines;
    private long malformed;

    /// <summary>The size at which a file is rotated; tests use a smaller one.</summary>
    internal long FullSize { get; init; } = FullSizeInBytes;

    /// <summary>Why the last event could not be appended; null if it was appended.</summary>
    public string? Fault { get; private set; }

    /// <summary>Lines of the last reading that were not events and were skipped.</summary>
    public long Malformed => malformed + (lines?.Skipped ?? 0);

    private JournalFile File => new(name, FullSize);

    /// <summary>
    /// Appends an event. If the journal cannot be written, the event is lost and <see cref="Fault"/> has the reason. The
    /// operation that the event describes does not fail.
    /// </summary>
    /// <returns>False if the event is lost.</returns>
    public bool Append(ContainerEvent happened)
    {
        try
        {
            File.Append(happened.ToJson());
            Fault = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fault = $"cannot write the event '{happened.Action}' of {happened.Type} '{happened.Actor.Id}' to '{name.Current}': {exception.Message}";
        }

        return Fault is null;
    }

    /// <summary>Reads events in the order in which they were appended. One reading at a time.</summary>
    /// <param name="query">Selects the events.</param>
    /// <param name="cancellationToken">Ends the reading immediately.</param>
    /// <exception cref="HearthException">The journal cannot be read.</exception>
    public async IAsyncEnumerable<ContainerEvent> ReadAsync(EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        malformed = 0;
        using RotatedLines source = File.Read(query.Follow, line => ContainerEvent.Parse(line)?.Time);
        lines = source;
        using var deadline = new ReadingDeadline(null, query.Until, clock);
        await foreach (RotatedLine line in source.ReadAsync(deadline.Reached, cancellationToken).ConfigureAwait(false))
        {
            if (ContainerEvent.Parse(line.Bytes) is not { } happened)
            {
                // A blank line only separates an event from a part of a line that a killed writer left.
                malformed += line.Bytes.IsEmpty ? 0 : 1;
            }
            else if (query.Matches(happened))
            {
                yield return happened;
            }
        }
    }
}
