using System.Globalization;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Runtime.Cache;

/// <summary>
/// Lets one process at a time make the entry of a key; the others wait, and find it made. There is a fixed number of gates, so
/// that none is ever to be removed; two keys that share one only wait for each other.
/// </summary>
internal sealed class CacheGate : IDisposable
{
    private const int Gates = 256;

    private readonly SafeFileHandle file;

    private CacheGate(SafeFileHandle file) => this.file = file;

    /// <param name="directory">Of the gates.</param>
    /// <param name="key">What is to be made.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async Task<CacheGate> EnterAsync(string directory, CacheKey key, CancellationToken cancellationToken)
    {
        int number = int.Parse(key.Hex.AsSpan(0, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) % Gates;

        // A directory, since File would lock a file of its own accord.
        string path = Directory.CreateDirectory(Path.Combine(directory, $"{number:x2}")).FullName;
        Errno errno = DirectoryFiles.TryOpenRoot(path, out SafeFileHandle file);
        try
        {
            if (errno != Errno.None)
            {
                throw new LinuxException("open", errno, path);
            }

            if (!FileLocks.TryLock(file, exclusive: true))
            {
                await LockAsync(file).WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return new CacheGate(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>Who gives up waiting closes the file: the thread that waits lets go of the lock when it gets it, since the file is closed then.</summary>
    private static Task LockAsync(SafeFileHandle file) =>
        Task.Factory.StartNew(() => FileLocks.Lock(file, exclusive: true), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
