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

    /// <summary>The size at which a file is rotated; tests use a smaller one.</summary>
    internal long FullSize { get; init; } = FullSizeInBytes;

    /// <summary>Why the last event could not be appended; null if it was appended.</summary>
    public string? Fault { get; private set; }

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

    /// <summary>Opens the journal for one reading.</summary>
    /// <param name="query">Selects the events.</param>
    /// <exception cref="HearthException">The journal cannot be read.</exception>
    public JournalReading<ContainerEvent> Open(EventQuery query)
    {
        RotatedLines lines = File.Read(query.Follow, line => ContainerEvent.Parse(line)?.Time);
        if (query.OnlyNew)
        {
            lines.StartAtEnd();
        }

        return new JournalReading<ContainerEvent>(lines, ContainerEvent.Parse, query.Matches, new ReadingDeadline(null, query.Until, clock));
    }

    /// <summary>Opens the journal and reads events in the order in which they were appended.</summary>
    /// <param name="query">Selects the events.</param>
    /// <param name="cancellationToken">Ends the reading immediately.</param>
    /// <exception cref="HearthException">The journal cannot be read.</exception>
    public async IAsyncEnumerable<ContainerEvent> ReadAsync(EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using JournalReading<ContainerEvent> reading = Open(query);
        await foreach (ContainerEvent happened in reading.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return happened;
        }
    }
}
