using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar;

/// <summary>The parts of an open file that are no holes (lseek(2): SEEK_DATA, SEEK_HOLE).</summary>
internal static class FileExtents
{
    /// <summary>The most parts that <see cref="SparseMap"/> reads; a file with more is stored with its holes.</summary>
    private const int MostExtents = 1 << 20;

    /// <returns>Null if the file system does not know holes, or there are too many.</returns>
    internal static IReadOnlyList<SparseExtent>? TryFind(SafeFileHandle file, long sizeInBytes)
    {
        List<SparseExtent> found = [];
        for (long end = 0; end < sizeInBytes && found.Count < MostExtents;)
        {
            Errno errno = FileWriting.TrySeek(file, end, SeekTarget.Data, out long start);
            if (errno == Errno.ENXIO || (errno == Errno.None && start >= sizeInBytes))
            {
                return found;
            }

            if (errno != Errno.None || FileWriting.TrySeek(file, start, SeekTarget.Hole, out end) != Errno.None)
            {
                return null;
            }

            end = Math.Min(end, sizeInBytes);
            found.Add(new SparseExtent(start, end - start));
        }

        return found.Count < MostExtents ? found : null;
    }
}
