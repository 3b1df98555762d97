using System.Runtime.InteropServices;
using Hearth.Linux.Text;

namespace Hearth.Linux.Files;

/// <summary>renameat2(2).</summary>
public static partial class Renaming
{
    private const int CurrentDirectory = -100;

    /// <summary>Swaps two names on one file system atomically: both exist at all times.</summary>
    /// <returns>The error: ENOENT if one does not exist, EINVAL if the file system does not support it.</returns>
    public static Errno TryExchange(string first, string second) =>
        renameat2(CurrentDirectory, first, CurrentDirectory, second, (uint)RenameFlags.Exchange) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int renameat2(int fromDirectory, string from, int toDirectory, string to, uint flags);
}
