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
/// The events of containers, one line of JSON each, in a file that all processes of a run directory append to. Each event is
/// one write to a file opened with O_APPEND, so events never mix. The journal stays small: a full file is rotated, and the
/// previously rotated file is deleted. Rotation takes a lock; appending takes none and never waits.
/// </summary>
/// <param name="directories">The directories that hold the journal.</param>
/// <param name="clock">The time for readings that end at a time.</param>
public sealed class EventJournal(HearthDirectories directories, TimeProvider clock)
{
    private const string FileName = "journal";

    /// <summary>About two thousand events.</summary>
    private const long FullSizeInBytes = 1 << 20;

    /// <summary>The current file and the previous one.</summary>
    private const int MostFiles = 2;

    private readonly RotatedName name = new(directories.Events, FileName);
    private RotatedLines? lines;
    private long malformed;

    /// <summary>The size at which a file is rotated; tests use a smaller one.</summary>
    internal long FullSize { get; init; } = FullSizeInBytes;

    /// <summary>Why the last event could not be appended; null if it was appended.</summary>
    public string? Fault { get; private set; }

    /// <summary>Lines of the last reading that were not events and were skipped.</summary>
    public long Malformed => malformed + (lines?.Skipped ?? 0);

    /// <summary>
    /// Appends an event. If the journal cannot be written, the event is lost and <see cref="Fault"/> has the reason. The
    /// operation that the event describes does not fail.
    /// </summary>
    /// <returns>False if the event is lost.</returns>
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
    /// <param name="query">Selects the events.</param>
    /// <param name="cancellationToken">Ends the reading immediately.</param>
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
                // A blank line only separates an event from a part of a line that a killed writer left.
                malformed += line.Bytes.IsEmpty ? 0 : 1;
            }
            else if (query.Matches(happened))
            {
                yield return happened;
            }
        }
    }

    /// <summary>Creates the directory, since a reader that follows needs one to watch.</summary>
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
        // A killed writer or a full disk may have left a part of a line. A new line keeps this event apart from it.
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
    /// Rotates a full file, unless another process is doing so or has done so. A process that opened the file before may still
    /// append an event; readers check for that.
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
