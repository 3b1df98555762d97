using System.Runtime.InteropServices;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Kernel;

/// <summary>finit_module(2).</summary>
public static partial class KernelModules
{
    /// <summary>Loads a module from an open file.</summary>
    /// <param name="module">The .ko file, uncompressed.</param>
    /// <param name="parameters">The module's parameters, separated by spaces.</param>
    /// <param name="subject">The name for exception messages.</param>
    /// <exception cref="LinuxException">
    /// EEXIST if it is already loaded; ENOENT if it needs a symbol that no loaded module exports.
    /// </exception>
    public static void Load(SafeFileHandle module, string parameters, string subject)
    {
        if (syscall(SystemCallNumbers.FinitModule, module, parameters, 0) != 0)
        {
            throw LinuxException.FromLastError("finit_module", subject);
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial nint syscall(nint number, SafeFileHandle module, string parameters, int flags);
}
