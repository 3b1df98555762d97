using System.Text;
using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Rotation;

/// <summary>
/// A file of lines that all processes of a run directory append to. Each line is one write to a file opened with O_APPEND, so
/// lines never mix. The file stays small: a full one is rotated, and the previously rotated file is deleted. Rotation takes a
/// lock; appending takes none and never waits.
/// </summary>
/// <param name="name">The file and those before it.</param>
/// <param name="fullSize">The size at which it is rotated.</param>
internal sealed class JournalFile(RotatedName name, long fullSize)
{
    /// <summary>The current file and the previous one.</summary>
    private const int MostFiles = 2;

    /// <exception cref="IOException">The line is lost.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Append(ReadOnlySpan<byte> line)
    {
        Directory.CreateDirectory(name.Directory);
        using SafeFileHandle file = Open();
        Write(file, line);
        if (RandomAccess.GetLength(file) > fullSize)
        {
            MoveOn(FileKey.Of(file));
        }
    }

    /// <summary>Opens the lines for one reading.</summary>
    /// <param name="follow">Whether it waits for further lines.</param>
    /// <param name="timeOf">A line's time; null if the line is none of the journal's.</param>
    /// <exception cref="HearthException">The journal cannot be read.</exception>
    public RotatedLines Read(bool follow, Func<ReadOnlyMemory<byte>, DateTimeOffset?> timeOf)
    {
        if (follow)
        {
            MakeDirectory();
        }

        return RotatedLines.Open(name, follow, timeOf);
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

    private static void Write(SafeFileHandle file, ReadOnlySpan<byte> line)
    {
        // A killed writer or a full disk may have left a part of a line. A new line keeps this one apart from it.
        Span<byte> last = [(byte)'\n'];
        long length = RandomAccess.GetLength(file);
        bool isTorn = length > 0 && RandomAccess.Read(file, last, length - 1) == 1 && last[0] != '\n';
        byte[] record = [.. isTorn ? "\n"u8 : [], .. line, (byte)'\n'];
        Errno errno = DescriptorIO.TryWrite(file, record, out int count);
        if (errno != Errno.None || count < record.Length)
        {
            throw new LinuxException("write", errno == Errno.None ? Errno.ENOSPC : errno);
        }
    }

    /// <summary>
    /// Rotates a full file, unless another process is doing so or has done so. A process that opened the file before may still
    /// append a line; readers check for that.
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
