using System.Runtime.CompilerServices;
using Hearth.Containers;

namespace Hearth.Records.Rotation;

/// <summary>
/// The records of a journal from the moment of the opening on, and those before it if they are wanted. What is appended between
/// the opening and <see cref="ReadAsync"/> is read, whatever the clock did meanwhile.
/// </summary>
public sealed class JournalReading<T> : IDisposable
    where T : class
{
    private readonly RotatedLines lines;
    private readonly Func<ReadOnlyMemory<byte>, T?> parse;
    private readonly Func<T, bool> selects;
    private readonly ReadingDeadline deadline;

    internal JournalReading(RotatedLines lines, Func<ReadOnlyMemory<byte>, T?> parse, Func<T, bool> selects, ReadingDeadline deadline)
    {
        this.lines = lines;
        this.parse = parse;
        this.selects = selects;
        this.deadline = deadline;
    }

    /// <summary>True if the record that was read last was appended after the opening.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Reads records in the order in which they were appended; what is none is skipped. One call at a time.</summary>
    /// <param name="cancellationToken">Ends the reading immediately.</param>
    /// <exception cref="HearthException">The journal cannot be read. Another call continues at the same place.</exception>
    public async IAsyncEnumerable<T> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (RotatedLine line in lines.ReadAsync(deadline.Reached, cancellationToken).ConfigureAwait(false))
        {
            // A part of a line that a killed writer left is none, nor is the blank line that separates it from the next.
            if (parse(line.Bytes) is { } record && selects(record))
            {
                IsNew = !lines.WasThere(line.Place);
                yield return record;
            }
        }
    }

    public void Dispose()
    {
        deadline.Dispose();
        lines.Dispose();
    }
}
