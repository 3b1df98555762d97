using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>Extended attributes of a file that a descriptor holds or has open. Names are NUL-terminated right behind the span.</summary>
public static partial class HeldAttributes
{
    /// <summary>Reads a value; into an empty span, tells its size.</summary>
    /// <returns>ERANGE where the span is too small; ENODATA where there is no such attribute.</returns>
    public static Errno TryGet(SafeFileHandle node, ReadOnlySpan<byte> name, Span<byte> value, out int count)
    {
        var path = new DescriptorPath(node);
        nint result = getxattr(in path.Start, in MemoryMarshal.GetReference(name), ref MemoryMarshal.GetReference(value), (nuint)value.Length);
        return Finish(path, result, out count);
    }

    /// <param name="node">What is to have it.</param>
    /// <param name="name">The attribute's full name.</param>
    /// <param name="value">May be empty.</param>
    /// <param name="flags">setxattr(2)'s: 1 for a new one only, 2 for one that is there.</param>
    public static Errno TrySet(SafeFileHandle node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, uint flags)
    {
        var path = new DescriptorPath(node);
        int result = setxattr(in path.Start, in MemoryMarshal.GetReference(name), in MemoryMarshal.GetReference(value), (nuint)value.Length, (int)flags);
        return Finish(path, result, out _);
    }

    /// <summary>The names of all, each with a NUL behind it; into an empty span, their size.</summary>
    public static Errno TryList(SafeFileHandle node, Span<byte> names, out int count)
    {
        var path = new DescriptorPath(node);
        nint result = listxattr(in path.Start, ref MemoryMarshal.GetReference(names), (nuint)names.Length);
        return Finish(path, result, out count);
    }

    public static Errno TryRemove(SafeFileHandle node, ReadOnlySpan<byte> name)
    {
        var path = new DescriptorPath(node);
        return Finish(path, removexattr(in path.Start, in MemoryMarshal.GetReference(name)), out _);
    }

    private static Errno Finish(DescriptorPath path, nint result, out int count)
    {
        Errno errno = result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        path.Dispose();
        count = (int)Math.Max(result, 0);
        return errno;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getxattr(in byte path, in byte name, ref byte value, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setxattr(in byte path, in byte name, in byte value, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint listxattr(in byte path, ref byte names, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int removexattr(in byte path, in byte name);
}
