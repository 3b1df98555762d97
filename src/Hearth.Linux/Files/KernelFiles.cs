using System.Runtime.InteropServices;
using System.Text;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Files through which the kernel accepts settings, as in sysfs and control groups. Each write is one operation, and its
/// errno is the result.
/// </summary>
public static partial class KernelFiles
{
    private const int WriteOnly = 1;
    private const int CloseOnExec = 0x80000;

    /// <summary>Writes a setting in a single write. Does not create a missing file.</summary>
    /// <returns>None, or the errno of the open or the write.</returns>
    public static Errno TryWrite(string path, string setting)
    {
        using SafeFileHandle file = open(path, WriteOnly | CloseOnExec, 0);
        return file.IsInvalid
            ? (Errno)Marshal.GetLastPInvokeError()
            : DescriptorIO.TryWrite(file, Encoding.UTF8.GetBytes(setting), out _);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial SafeFileHandle open(string path, int flags, uint mode);
}
