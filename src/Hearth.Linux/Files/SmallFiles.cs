using System.Buffers;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>Files of some kilobytes, read as a whole by three system calls; .NET's own reading takes eight.</summary>
public static class SmallFiles
{
    private const int CurrentDirectory = -100;
    private const int UsualBytes = 16 << 10;

    private static readonly SafeFileHandle current = new(CurrentDirectory, ownsHandle: false);

    /// <param name="path">A path chosen by the caller.</param>
    /// <param name="content">The bytes; empty on failure.</param>
    public static Errno TryRead(string path, out byte[] content)
    {
        content = [];
        Errno errno = OpenCall.Open(current, Encoding.UTF8.GetBytes(path + '\0'), new OpenHow { Flags = OpenCall.CloseOnExec }, out SafeFileHandle file);
        using (file)
        {
            return errno == Errno.None ? ReadAll(file, out content) : errno;
        }
    }

    private static Errno ReadAll(SafeFileHandle file, out byte[] content)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(UsualBytes);
        int length = 0;
        try
        {
            while (true)
            {
                Errno errno = ContentFiles.TryRead(file, buffer.AsSpan(length), length, out int count);
                length += Math.Max(count, 0);
                if (errno != Errno.None || length < buffer.Length)
                {
                    content = errno == Errno.None ? buffer[..length] : [];
                    return errno;
                }

                byte[] larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
                buffer.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
