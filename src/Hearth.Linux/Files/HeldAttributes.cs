using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>Extended attributes of a held or open file. Names are NUL-terminated right behind the span.</summary>
public static partial class HeldAttributes
{
    /// <summary>Reads a value; with an empty span, returns its size.</summary>
    /// <returns>ERANGE if the span is too small; ENODATA if the attribute does not exist.</returns>
    public static Errno TryGet(SafeFileHandle node, ReadOnlySpan<byte> name, Span<byte> value, out int count)
    {
        var path = new DescriptorPath(node);
        nint result = getxattr(in path.Start, in MemoryMarshal.GetReference(name), ref MemoryMarshal.GetReference(value), (nuint)value.Length);
        return Finish(path, result, out count);
    }

    /// <param name="node">The file that gets the attribute.</param>
    /// <param name="name">The attribute's full name.</param>
    /// <param name="value">May be empty.</param>
    /// <param name="flags">The flags of setxattr(2): 1 to create only, 2 to replace only.</param>
    public static Errno TrySet(SafeFileHandle node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, uint flags)
    {
        var path = new DescriptorPath(node);
        int result = setxattr(in path.Start, in MemoryMarshal.GetReference(name), in MemoryMarshal.GetReference(value), (nuint)value.Length, (int)flags);
        return Finish(path, result, out _);
    }

    /// <summary>Lists all names, each followed by a NUL; with an empty span, returns their size.</summary>
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
