using System.Text;
using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Hearth.Records.Rotation;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Logs;

/// <summary>
/// The file that is being written, and its rotation. After a fault the file is closed, and the next attempt opens it again.
/// That attempt cuts off a partial record at the end, which a full disk or a killed writer left. For one thread at a time.
/// </summary>
/// <param name="name">The name of the file and of the rotated files.</param>
/// <param name="options">When the file is rotated, and how many files are kept.</param>
/// <param name="clock">Measures how long a check of the name stays valid.</param>
internal sealed class LogFile(RotatedName name, LogOptions options, TimeProvider clock) : IDisposable
{
    /// <summary>
    /// How long a check of the name stays valid, since a check costs as much as a write. If the file is removed, output written
    /// to it within this time is lost with it. A full disk is also assumed to stay full for this time.
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

    /// <summary>Deletes surplus files, left from when more were kept.</summary>
    public void Trim()
    {
        try
        {
            name.Trim(options.MaxFiles);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Surplus files do no harm. If the newest file cannot be opened either, that fault is reported.
        }
    }

    /// <summary>Opens the newest file and makes room for the next records.</summary>
    /// <param name="bytes">How many bytes will be appended; an empty file takes any number.</param>
    /// <param name="incident">A message for the log and for users although the file can be written; null for none.</param>
    /// <returns>The fault that prevents writing; null for none.</returns>
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

    /// <summary>Writes records with one system call, if the file system takes them in one.</summary>
    /// <param name="records">Whole records.</param>
    /// <param name="taken">Bytes that are in the file now; the last record may be incomplete.</param>
    /// <returns>The fault that prevented the rest from being written; null for none.</returns>
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

    /// <summary>Allows the next attempt immediately, no matter how recently the last one failed.</summary>
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

    /// <summary>Opens the file of this name, or creates it; sets <see cref="fault"/>.</summary>
    /// <returns>Bytes of a torn record that were cut off and not counted before; null for none.</returns>
    private long? Reopen()
    {
        // A record torn by a fault was counted when the fault occurred.
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

    /// <summary>If files cannot be renamed, the current one grows. That is better than losing output.</summary>
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
