using System.Text;

namespace Hearth.Machines.Initramfs;

/// <summary>
/// Writes a cpio archive in the "newc" format, the format of the kernel's initramfs
/// (Documentation/driver-api/early-userspace/buffer-format.rst). The owner is 0:0, the time is 0 and the inode numbers count
/// up, so the same entries produce the same bytes.
/// <code>
/// entry    header, name with its NUL, padding to 4, contents, padding to 4
/// header   "070701", then 13 fields of 8 hexadecimal digits:
///          ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
/// last     an entry named TRAILER!!!
/// </code>
/// </summary>
internal sealed class CpioWriter(Stream output)
{
    private const uint TypeDirectory = 0x4000;
    private const uint TypeCharacterDevice = 0x2000;
    private const uint TypeRegular = 0x8000;
    private const int HeaderBytes = 110;
    private const string TrailerName = "TRAILER!!!";

    private static readonly byte[] Padding = new byte[3];

    private uint inode;
    private long written;

    internal void AddDirectory(string path, uint permissions) => WriteHeader(path, TypeDirectory | permissions, links: 2, 0, 0, 0);

    internal void AddCharacterDevice(string path, uint permissions, uint major, uint minor) =>
        WriteHeader(path, TypeCharacterDevice | permissions, links: 1, 0, major, minor);

    /// <summary>Adds a regular file with a host file's contents.</summary>
    /// <exception cref="EndOfStreamException">The host file became shorter while it was read.</exception>
    internal void AddFile(string path, uint permissions, string hostPath)
    {
        using FileStream source = new(hostPath, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        long size = source.Length;
        WriteHeader(path, TypeRegular | permissions, links: 1, checked((uint)size), 0, 0);
        Span<byte> buffer = new byte[Math.Min(size, 1 << 18)];
        for (long rest = size; rest > 0;)
        {
            Span<byte> part = buffer[..(int)Math.Min(rest, buffer.Length)];
            source.ReadExactly(part);
            Write(part);
            rest -= part.Length;
        }

        Pad();
    }

    internal void Finish() => WriteHeader(TrailerName, 0, links: 1, 0, 0, 0);

    private void WriteHeader(string path, uint mode, uint links, uint size, uint deviceMajor, uint deviceMinor)
    {
        uint number = path == TrailerName ? 0 : ++inode;
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        string header = string.Concat(
            $"070701{number:x8}{mode:x8}{0:x8}{0:x8}{links:x8}{0:x8}{size:x8}",
            $"{0:x8}{0:x8}{deviceMajor:x8}{deviceMinor:x8}{name.Length:x8}{0:x8}");
        Span<byte> bytes = stackalloc byte[HeaderBytes];
        Encoding.ASCII.GetBytes(header, bytes);
        Write(bytes);
        Write(name);
        Pad();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        written += bytes.Length;
    }

    private void Pad() => Write(Padding.AsSpan(0, (int)(-written & 3)));
}
