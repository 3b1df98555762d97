using System.Runtime.InteropServices;
using System.Text;

namespace Hearth.FileTree.Tests.Support;

/// <summary>Makes files by paths of any bytes, which no .NET call takes. Every call has to succeed.</summary>
internal static partial class RawFiles
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint RegularFile = 0x8000;

    public static byte[] Path(string root, ReadOnlySpan<byte> below) => below.IsEmpty ? Encoding.UTF8.GetBytes(root) : [.. Encoding.UTF8.GetBytes(root), (byte)'/', .. below];

    public static void MakeDirectory(byte[] path) => Check(mkdir(Terminated(path), 0x1C0), "mkdir", path);

    /// <summary>Makes a file, fifo, socket or device; of a regular file, <paramref name="size"/> bytes that take no room.</summary>
    public static void MakeNode(byte[] path, NodeType type, uint deviceNumber = 0, long size = 0)
    {
        Check(mknod(Terminated(path), ((uint)type << 12) | 0x180, DeviceOf(deviceNumber)), "mknod", path);
        if (type == NodeType.Regular)
        {
            Check(truncate(Terminated(path), size), "truncate", path);
        }
    }

    public static void MakeFile(byte[] path) => Check(mknod(Terminated(path), RegularFile | 0x180, 0), "mknod", path);

    public static void MakeSymbolicLink(byte[] path, ReadOnlySpan<byte> target) => Check(symlink(Terminated(target.ToArray()), Terminated(path)), "symlink", path);

    public static void MakeHardLink(byte[] path, byte[] existing) => Check(link(Terminated(existing), Terminated(path)), "link", path);

    public static void Rename(byte[] path, byte[] newPath) => Check(rename(Terminated(path), Terminated(newPath)), "rename", path);

    public static void ChangeOwner(byte[] path, uint uid, uint gid) => Check(lchown(Terminated(path), uid, gid), "lchown", path);

    public static void ChangeMode(byte[] path, uint permissions) => Check(chmod(Terminated(path), permissions), "chmod", path);

    public static void SetXattr(byte[] path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        Check(lsetxattr(Terminated(path), Terminated(name.ToArray()), value.ToArray(), (nuint)value.Length, 0), "lsetxattr", path);

    public static void SetTime(byte[] path, long seconds, uint nanoseconds)
    {
        long[] accessedAndModified = [0, 0, seconds, nanoseconds];
        Check(utimensat(CurrentDirectory, Terminated(path), accessedAndModified, NoFollow), "utimensat", path);
    }

    // dev_t of the C library from the kernel's 32-bit encoding.
    private static ulong DeviceOf(uint encoded)
    {
        (ulong major, ulong minor) = ((encoded >> 8) & 0xFFF, (encoded & 0xFF) | ((encoded >> 12) & 0xFFF00));
        return (major << 8) | ((minor & 0xFFF00) << 12) | (minor & 0xFF);
    }

    private static byte[] Terminated(byte[] text) => [.. text, 0];

    private static void Check(int result, string call, byte[] path)
    {
        if (result != 0)
        {
            throw new IOException($"{call} '{Encoding.Latin1.GetString(path)}': {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkdir(byte[] path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mknod(byte[] path, uint mode, ulong device);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int truncate(byte[] path, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int symlink(byte[] target, byte[] path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int link(byte[] existing, byte[] path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int rename(byte[] path, byte[] newPath);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int lchown(byte[] path, uint uid, uint gid);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int chmod(byte[] path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int lsetxattr(byte[] path, byte[] name, byte[] value, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int utimensat(int directory, byte[] path, long[] times, int flags);
}
