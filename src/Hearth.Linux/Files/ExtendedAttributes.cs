using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Extended attributes of a name in a directory; those of a symbolic link are its own. Uses listxattrat and getxattrat of
/// Linux 6.13; on older kernels, the path-based calls through /proc/self/fd.
/// </summary>
public static partial class ExtendedAttributes
{
    private const uint NoFollow = 0x100;
    private const uint EmptyPath = 0x1000;

    /// <summary>"/proc/self/fd/", ten digits, '/', NUL.</summary>
    private const int ProcPathOverhead = 26;

    private static bool hasCallsByDescriptor = true;

    /// <summary>Lists the names of all attributes, each followed by a NUL. An empty name means the directory itself.</summary>
    /// <returns>ERANGE if the buffer is too small; ENOTSUP if the file system has no attributes.</returns>
    public static Errno TryList(SafeFileHandle directory, ReadOnlySpan<byte> name, Span<byte> names, out int count)
    {
        if (hasCallsByDescriptor)
        {
            nint result = listxattrat(SystemCallNumbers.ListXattrAt, directory, in MemoryMarshal.GetReference(name), NoFollow | EmptyPath, ref MemoryMarshal.GetReference(names), (nuint)names.Length);
            Errno errno = Outcome(result, out count);
            if (errno != Errno.ENOSYS)
            {
                return errno;
            }

            hasCallsByDescriptor = false;
        }

        Span<byte> path = stackalloc byte[ProcPathOverhead + name.Length];
        ComposePath(directory, name, path);
        return Outcome(llistxattr(in MemoryMarshal.GetReference(path), ref MemoryMarshal.GetReference(names), (nuint)names.Length), out count);
    }

    /// <summary>Reads one attribute's value.</summary>
    /// <param name="directory">The directory that contains the name.</param>
    /// <param name="name">As for <see cref="TryList"/>.</param>
    /// <param name="attribute">The attribute's full name, NUL-terminated right behind the span.</param>
    /// <param name="value">Receives the value; at most 65,536 bytes.</param>
    /// <param name="count">The value's length in bytes.</param>
    public static Errno TryGet(SafeFileHandle directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, Span<byte> value, out int count)
    {
        if (hasCallsByDescriptor)
        {
            return TryGetByDescriptor(directory, name, attribute, value, out count);
        }

        Span<byte> path = stackalloc byte[ProcPathOverhead + name.Length];
        ComposePath(directory, name, path);
        return Outcome(lgetxattr(in MemoryMarshal.GetReference(path), in MemoryMarshal.GetReference(attribute), ref MemoryMarshal.GetReference(value), (nuint)value.Length), out count);
    }

    private static unsafe Errno TryGetByDescriptor(SafeFileHandle directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, Span<byte> value, out int count)
    {
        fixed (byte* pinned = value)
        {
            var arguments = new XattrArguments { Value = (ulong)pinned, Size = (uint)value.Length };
            return Outcome(getxattrat(SystemCallNumbers.GetXattrAt, directory, in MemoryMarshal.GetReference(name), NoFollow | EmptyPath, in MemoryMarshal.GetReference(attribute), ref arguments, (nuint)Unsafe.SizeOf<XattrArguments>()), out count);
        }
    }

    private static Errno Outcome(nint result, out int count)
    {
        count = (int)Math.Max(result, 0);
        return result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
    }

    // An empty name yields "/proc/self/fd/N/", which is the directory itself, as intended.
    private static void ComposePath(SafeFileHandle directory, ReadOnlySpan<byte> name, Span<byte> path)
    {
        int length = Encoding.ASCII.GetBytes($"/proc/self/fd/{directory.DangerousGetHandle()}/", path);
        name.CopyTo(path[length..]);
        path[length + name.Length] = 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint listxattrat(nint number, SafeFileHandle directory, in byte name, uint flags, ref byte names, nuint size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint getxattrat(nint number, SafeFileHandle directory, in byte name, uint flags, in byte attribute, ref XattrArguments arguments, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint llistxattr(in byte path, ref byte names, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint lgetxattr(in byte path, in byte attribute, ref byte value, nuint size);
}
