using System.Runtime.InteropServices;
using System.Text;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>Files through which the kernel takes settings, as in sysfs and control groups: one write is one act, and its errno the answer.</summary>
public static partial class KernelFiles
{
    private const int WriteOnly = 1;
    private const int CloseOnExec = 0x80000;

    /// <summary>Writes a setting in one piece. The file is not made where it is missing.</summary>
    /// <returns>Why the file could not be opened, or what the kernel answered.</returns>
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
