using System.Runtime.CompilerServices;
using System.Text;
using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Hearth.Records.Rotation;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Events;

/// <summary>
/// What happened to containers, an event a line of JSON, in a file that all processes of a run directory append to: each event
/// is one write to a file opened with O_APPEND, so they never mix. It is kept small: a file that is full is moved on once, and
/// what stood there before is gone. Moving takes a lock; appending takes none, and never waits for anybody.
/// </summary>
/// <param name="directories">Whose journal.</param>
/// <param name="clock">For reading up to a time.</param>
public sealed class EventJournal(HearthDirectories directories, TimeProvider clock)
{
    private const string FileName = "journal";

    /// <summary>Some two thousand events.</summary>
    private const long FullSizeInBytes = 1 << 20;

    /// <summary>The one that grows, and the one before.</summary>
    private const int MostFiles = 2;

    private readonly RotatedName name = new(directories.Events, FileName);
    private RotatedLines? lines;
    private long malformed;

    /// <summary>Full at this; tests have less.</summary>
    internal long FullSize { get; init; } = FullSizeInBytes;

    /// <summary>Why the last event could not be appended; null where it was.</summary>
    public string? Fault { get; private set; }

    /// <summary>Lines of the last reading that were no events, and were left out.</summary>
    public long Malformed => malformed + (lines?.Skipped ?? 0);

    /// <summary>
    /// Appends an event. A journal that cannot be written is no reason for what it tells of to fail: then the event is lost, and
    /// <see cref="Fault"/> tells why.
    /// </summary>
    /// <returns>False where the event is lost.</returns>
    public bool Append(ContainerEvent happened)
    {
        try
        {
            Directory.CreateDirectory(name.Directory);
            using SafeFileHandle file = Open();
            Write(file, happened.ToJson());
            if (RandomAccess.GetLength(file) > FullSize)
            {
                MoveOn(FileKey.Of(file));
            }

            Fault = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fault = $"cannot write the event '{happened.Action}' of {happened.Type} '{happened.Actor.Id}' to '{name.Current}': {exception.Message}";
        }

        return Fault is null;
    }

    /// <summary>Reads events in the order in which they were appended. One reading at a time.</summary>
    /// <param name="query">Which of them.</param>
    /// <param name="cancellationToken">Ends reading at once.</param>
    /// <exception cref="HearthException">The journal cannot be read.</exception>
    public async IAsyncEnumerable<ContainerEvent> ReadAsync(EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (query.Follow)
        {
            MakeDirectory();
        }

        malformed = 0;
        using RotatedLines source = RotatedLines.Open(name, query.Follow, line => ContainerEvent.Parse(line)?.Time);
        lines = source;
        using var deadline = new ReadingDeadline(null, query.Until, clock);
        await foreach (RotatedLine line in source.ReadAsync(deadline.Reached, cancellationToken).ConfigureAwait(false))
        {
            if (ContainerEvent.Parse(line.Bytes) is not { } happened)
            {
                // A blank line only keeps an event apart from what a killed writer left.
                malformed += line.Bytes.IsEmpty ? 0 : 1;
            }
            else if (query.Wants(happened))
            {
                yield return happened;
            }
        }
    }

    /// <summary>Somebody who follows needs a directory to watch.</summary>
    private void MakeDirectory()
    {
        try
        {
            Directory.CreateDirectory(name.Directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed,
                $"cannot make the directory of events '{name.Directory}': {exception.Message}; --run-dir names another place", exception);
        }
    }

    private SafeFileHandle Open()
    {
        Errno errno = AppendedFiles.TryOpen(name.Current, out SafeFileHandle file);
        return errno == Errno.None ? file : throw new LinuxException("open", errno, name.Current);
    }

    private static void Write(SafeFileHandle file, byte[] json)
    {
        // A writer that was killed, or a disk that was full, may have left a part of a line: it must not take this one with it.
        Span<byte> last = [(byte)'\n'];
        long length = RandomAccess.GetLength(file);
        bool isTorn = length > 0 && RandomAccess.Read(file, last, length - 1) == 1 && last[0] != '\n';
        byte[] record = [.. isTorn ? "\n"u8 : [], .. json, (byte)'\n'];
        Errno errno = DescriptorIO.TryWrite(file, record, out int count);
        if (errno != Errno.None || count < record.Length)
        {
            throw new LinuxException("write", errno == Errno.None ? Errno.ENOSPC : errno);
        }
    }

    /// <summary>
    /// Moves a full file on, unless somebody else is at it or has done so. Who opened it before may still append an event: readers
    /// look for that.
    /// </summary>
    private void MoveOn(FileKey full)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(name.Directory, out SafeFileHandle directory);
        if (errno == Errno.None && FileLocks.TryLock(directory, exclusive: true) && FileKey.At(Encoding.UTF8.GetBytes(name.Current + '\0')) == full)
        {
            name.Shift(MostFiles);
        }

        FileLocks.Release(directory);
    }
}
