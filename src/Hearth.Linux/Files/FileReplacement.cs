using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>Whether an output file may be written beside its place and renamed over it.</summary>
public static class FileReplacement
{
    /// <summary>
    /// False for a directory, a device, a named pipe, or a link such as /dev/stdout: a rename would put a regular file in its place.
    /// True also if nothing is there, or the directory cannot be opened: then the write says why.
    /// </summary>
    public static bool IsAllowed(string path)
    {
        string full = Path.GetFullPath(path);
        Errno errno = DirectoryFiles.TryOpenRoot(Path.GetDirectoryName(full) ?? full, out SafeFileHandle directory);
        using (directory)
        {
            return errno != Errno.None
                || DirectoryFiles.TryStat(directory, Encoding.UTF8.GetBytes(Path.GetFileName(full) + '\0'), out FileStatus status) != Errno.None
                || status.IsRegularFile;
        }
    }
}
