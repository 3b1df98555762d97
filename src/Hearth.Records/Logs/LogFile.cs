using System.Text;
using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Hearth.Records.Rotation;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Logs;

/// <summary>
/// The file that is being written, and its rotation. Behind a fault it is closed, and opened again by the next attempt; a part
/// of a record, which a full disk or a killed writer left at its end, is cut off then. One thread at a time.
/// </summary>
/// <param name="name">Of the file and those rotated.</param>
/// <param name="options">When it is rotated, and how many stay.</param>
/// <param name="clock">For how long a look at the name holds.</param>
internal sealed class LogFile(RotatedName name, LogOptions options, TimeProvider clock) : IDisposable
{
    /// <summary>
    /// A look at the name costs as much as a write. Whoever removes the file removes what it holds, and what is written to it
    /// within this time goes the same way. A disk that is full is taken to be so for as long.
    /// </summary>
    private static readonly TimeSpan lookHolds = TimeSpan.FromMilliseconds(10);

    private readonly byte[] path = Encoding.UTF8.GetBytes(name.Current + '\0');
    private SafeFileHandle? file;
    private FileKey key;
    private long size;
    private long? lookedAt;
    private string? fault;
    private bool cannotRotate;

    private bool LookHolds => lookedAt is { } time && clock.GetElapsedTime(time) < lookHolds;

    /// <summary>Deletes files that are too many, of times when more were kept.</summary>
    public void Trim()
    {
        try
        {
            name.Trim(options.MaxFiles);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // They are only in the way: what keeps them from going is told when the newest cannot be opened either.
        }
    }

    /// <summary>Has the newest file open, with room for what is to come.</summary>
    /// <param name="bytes">How many will be appended; a file that is empty takes any number.</param>
    /// <param name="incident">What has to be told in the log and elsewhere, though the file can be written; null for nothing.</param>
    /// <returns>What keeps it from being written; null for nothing.</returns>
    public string? Prepare(int bytes, out string? incident)
    {
        incident = null;
        if (file is null)
        {
            if (!(fault is not null && LookHolds) && Reopen() is { } torn)
            {
                incident = $"the log's last record was torn when its writer ended, and its {torn} bytes were cut off";
            }
        }
        else if (!IsInPlace())
        {
            Reopen();
            incident = fault is null ? "the log's file was removed or replaced, and begins anew" : null;
        }

        if (fault is null && size > 0 && size + bytes > options.MaxSize.Bytes)
        {
            Rotate(ref incident);
        }

        return fault;
    }

    /// <summary>Writes records with one system call, where the file system takes them at once.</summary>
    /// <param name="records">Whole ones.</param>
    /// <param name="taken">Bytes that stand in the file now; the last record among them may be a part.</param>
    /// <returns>What kept the rest from being written; null for nothing.</returns>
    public string? Append(ReadOnlySpan<byte> records, out int taken)
    {
        taken = 0;
        while (taken < records.Length)
        {
            Errno errno = DescriptorIO.TryWrite(file!, records[taken..], out int count);
            if (errno != Errno.None)
            {
                Close();
                lookedAt = clock.GetTimestamp();
                return fault = Describe("write", errno);
            }

            taken += count;
        }

        size += taken;
        return null;
    }

    /// <summary>Has the next attempt be made, however short ago the last one failed.</summary>
    public void TryAgain() => lookedAt = null;

    public void Dispose() => Close();

    private bool IsInPlace()
    {
        if (LookHolds)
        {
            return true;
        }

        lookedAt = clock.GetTimestamp();
        if (AppendedFiles.TryStat(path, out FileStatus status) != Errno.None || FileKey.Of(status) != key)
        {
            return false;
        }

        size = status.Size;
        return true;
    }

    /// <summary>Opens what stands at the name, or makes it; sets <see cref="fault"/>.</summary>
    /// <returns>Bytes of a torn record that were cut off and that nobody counted; null for none.</returns>
    private long? Reopen()
    {
        // What was torn by a fault was counted when it was met.
        bool isCounted = fault is not null;
        Close();
        lookedAt = clock.GetTimestamp();
        Errno errno = AppendedFiles.TryOpen(name.Current, out SafeFileHandle opened);
        errno = errno == Errno.None ? Identify(opened) : errno;
        long torn = 0;
        errno = errno == Errno.None ? CutTornRecord(opened, out torn) : errno;
        if (errno != Errno.None)
        {
            opened.Dispose();
            fault = Describe("open", errno);
            return null;
        }

        file = opened;
        fault = null;
        return torn == 0 || isCounted ? null : torn;
    }

    private Errno Identify(SafeFileHandle opened)
    {
        Errno errno = DirectoryFiles.TryStat(opened, "\0"u8, out FileStatus status);
        key = FileKey.Of(status);
        size = status.Size;
        return errno == Errno.None && !status.IsRegularFile ? Errno.EINVAL : errno;
    }

    private Errno CutTornRecord(SafeFileHandle opened, out long torn)
    {
        torn = 0;
        try
        {
            torn = size == 0 ? 0 : size - new BackwardLines(opened).End;
        }
        catch (IOException)
        {
            return Errno.EIO;
        }

        size -= torn;
        return torn == 0 ? Errno.None : AppendedFiles.TryTruncate(opened, size);
    }

    /// <summary>Where files cannot be moved on, the one that is there grows: that is better than losing what is to be written.</summary>
    private void Rotate(ref string? incident)
    {
        try
        {
            name.Shift(options.MaxFiles);
            cannotRotate = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            incident ??= cannotRotate ? null : $"the log '{name.Current}' cannot be rotated, and grows: {exception.Message}";
            cannotRotate = true;
            return;
        }

        Reopen();
    }

    private void Close()
    {
        file?.Dispose();
        file = null;
    }

    private string Describe(string act, Errno errno) => new LinuxException(act, errno, name.Current).Message;
}
