using System.Runtime.CompilerServices;
using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Descriptors;

namespace Hearth.Records.Rotation;

/// <summary>
/// The lines of a rotated file, the oldest first, and with <c>follow</c> also later ones. Each line is returned once, although
/// the file may be rotated, removed, emptied or created again during the reading.
/// 1. If the file being read is no longer the newest, its successor is looked up first. If a successor exists, the writer is
///    done with the current file.
/// 2. Then the rest of the current file is read, so that nothing written before the successor began is missed.
/// 3. Only then does reading continue in the successor.
/// The file before the last stays open and is checked too: another process may have opened it for one more line just before
/// it was renamed.
/// </summary>
internal sealed class RotatedLines : IDisposable
{
    private readonly RotatedName name;
    private readonly Func<ReadOnlyMemory<byte>, DateTimeOffset?> timeOf;
    private readonly DirectorySignal? signal;
    private readonly Queue<LineCursor> coming;
    private readonly long[] lengths;
    private LineCursor? previous;
    private LineCursor? current;
    private DateTimeOffset? lastTime;
    private int number = -1;

    private RotatedLines(RotatedName name, Func<ReadOnlyMemory<byte>, DateTimeOffset?> timeOf, DirectorySignal? signal, List<LineCursor> files)
    {
        this.name = name;
        this.timeOf = timeOf;
        this.signal = signal;
        Files = files;
        coming = new Queue<LineCursor>(files);
        lengths = [.. files.Select(file => RandomAccess.GetLength(file.File))];
    }

    /// <summary>What was there at the opening, the oldest first. To be looked at before reading only.</summary>
    public IReadOnlyList<LineCursor> Files { get; }

    /// <summary>Lines that were too long, or that their writer did not complete.</summary>
    public long Skipped { get; private set; }

    /// <summary>
    /// How often the file that was read disappeared and its successor could not be determined: lines may be missing there.
    /// </summary>
    public long Gaps { get; private set; }

    /// <param name="name">The files to read; if their directory does not exist, there is nothing to read or follow.</param>
    /// <param name="follow">Whether to wait for further lines.</param>
    /// <param name="timeOf">Reads a line's time, which finds the place to continue after a gap; null if the line has none.</param>
    /// <exception cref="HearthException">The files cannot be opened.</exception>
    public static RotatedLines Open(RotatedName name, bool follow, Func<ReadOnlyMemory<byte>, DateTimeOffset?> timeOf)
    {
        // The watch comes first, so that writes after the look are reported.
        DirectorySignal? signal = follow && Directory.Exists(name.Directory) ? Watch(name.Directory) : null;
        try
        {
            return new RotatedLines(name, timeOf, signal, RotatedFiles.Open(name));
        }
        catch
        {
            signal?.Dispose();
            throw;
        }
    }

    /// <summary>Skips everything before a place.</summary>
    public void StartAt(LinePlace place)
    {
        for (int skipped = 0; skipped < place.File && coming.Count > 1; skipped++)
        {
            coming.Dequeue().Dispose();
            number++;
        }

        if (coming.TryPeek(out LineCursor? first))
        {
            first.Seek(place.Offset);
        }
    }

    /// <summary>Skips everything that was there at the opening.</summary>
    public void StartAtEnd()
    {
        for (int i = 0; i < lengths.Length; i++)
        {
            Files[i].Seek(lengths[i]);
        }
    }

    /// <summary>Whether a line was there at the opening.</summary>
    public bool WasThere(LinePlace place) => place.File < lengths.Length && place.Offset < lengths[place.File];

    /// <summary>After an exception, another call continues where this one stopped.</summary>
    /// <param name="ended">When it completes, nothing more is written: the rest is read, and reading ends.</param>
    /// <param name="cancellationToken">Ends the reading immediately.</param>
    public async IAsyncEnumerable<RotatedLine> ReadAsync(Task ended, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change = signal?.Next() ?? Task.CompletedTask;
            bool isLast = signal is null || signal.HasEnded || ended.IsCompleted || !Directory.Exists(name.Directory);
            LineCursor? following = FindFollowing();
            while (TryRead(out RotatedLine line))
            {
                yield return line;
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (following is not null)
            {
                GoOn(following);
            }
            else if (isLast)
            {
                CountSkipped(current);
                CountSkipped(previous);
                yield break;
            }
            else
            {
                await Task.WhenAny(change, ended).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public void Dispose()
    {
        signal?.Dispose();
        previous?.Dispose();
        current?.Dispose();
        while (coming.TryDequeue(out LineCursor? file))
        {
            file.Dispose();
        }
    }

    private static DirectorySignal Watch(string directory)
    {
        try
        {
            return new DirectorySignal(directory);
        }
        catch (LinuxException exception)
        {
            throw new HearthException(HearthError.HostUnsuitable,
                $"cannot follow what is written in '{directory}': {exception.Message}; sysctl fs.inotify tells how many watches there may be", exception);
        }
    }

    private bool TryRead(out RotatedLine line)
    {
        if (previous is not null && previous.TryRead(out ReadOnlyMemory<byte> late, out long lateOffset))
        {
            line = new RotatedLine(new LinePlace(number - 1, lateOffset), late);
            return true;
        }

        if (current is not null && current.TryRead(out ReadOnlyMemory<byte> bytes, out long offset))
        {
            lastTime = timeOf(bytes) ?? lastTime;
            line = new RotatedLine(new LinePlace(number, offset), bytes);
            return true;
        }

        line = default;
        return false;
    }

    /// <summary>The file after the current one; null if there is none yet.</summary>
    private LineCursor? FindFollowing()
    {
        if (coming.TryDequeue(out LineCursor? next))
        {
            return next;
        }

        if (signal is null || (current is not null && RotatedFiles.IsAt(current, name.Current)))
        {
            return null;
        }

        List<LineCursor> files = RotatedFiles.Open(name);
        int first = current is null ? 0 : files.FindIndex(file => file.Key == current.Key) + 1;
        if (first == 0 && current is not null && files.Count > 0)
        {
            Gaps++;
            first = FindBehindGap(files);
        }

        files.Take(first).ToList().ForEach(file => file.Dispose());
        files.Skip(first).ToList().ForEach(coming.Enqueue);
        return coming.TryDequeue(out next) ? next : null;
    }

    /// <summary>If the current file is gone, line times decide which of the others were read before it.</summary>
    private int FindBehindGap(List<LineCursor> files)
    {
        int first = files.FindIndex(file =>
        {
            bool isNew = !file.TryRead(out ReadOnlyMemory<byte> line, out _) || timeOf(line) is not { } time || lastTime is null || time >= lastTime;
            file.Seek(0);
            return isNew;
        });
        return first < 0 ? files.Count : first;
    }

    private void GoOn(LineCursor following)
    {
        CountSkipped(previous);
        previous?.Dispose();
        previous = current;
        current = following;
        number++;
    }

    private void CountSkipped(LineCursor? file) => Skipped += file is null ? 0 : file.Skipped + (file.HasMore ? 1 : 0);
}
