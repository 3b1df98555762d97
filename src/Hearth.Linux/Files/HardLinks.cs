using System.Runtime.InteropServices;
using Hearth.Linux.Text;

namespace Hearth.Linux.Files;

/// <summary>link(2): one more name for a file.</summary>
public static partial class HardLinks
{
    /// <summary>Gives a file another name; a symbolic link at its end is linked itself.</summary>
    /// <exception cref="LinuxException">The name is there, or on another file system.</exception>
    public static void Create(string path, string target)
    {
        if (link(target, path) != 0)
        {
            throw LinuxException.FromLastError("link", path);
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int link(string target, string path);
}
