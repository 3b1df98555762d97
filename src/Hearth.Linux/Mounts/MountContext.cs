using System.Runtime.InteropServices;
using System.Text;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Mounts;

/// <summary>
/// A file system being configured: fsopen(2), fsconfig(2), fsmount(2). The resulting mount is in no mount namespace and has
/// no path. It lives exactly as long as its descriptors, so nothing remains when its process ends, however that happens.
/// <see cref="DetachedMounts.Attach"/> attaches it to a directory.
/// </summary>
public sealed partial class MountContext : IDisposable
{
    private const uint CloseOnExecContext = 1;
    private const uint CloseOnExecMount = 1;
    private const uint SetFlagCommand = 0;
    private const uint SetStringCommand = 1;
    private const uint CreateCommand = 6;

    /// <summary>Room for one of the kernel's messages about a refused option.</summary>
    private const int MessageCapacityInBytes = 512;

    private readonly SafeFileHandle context;
    private readonly string type;

    public MountContext(string type)
    {
        this.type = type;
        context = fsopen(type, CloseOnExecContext);
        if (context.IsInvalid)
        {
            throw LinuxException.FromLastError("fsopen", type);
        }
    }

    public void SetString(string key, string value) => Configure(SetStringCommand, key, value);

    public void SetFlag(string key) => Configure(SetFlagCommand, key, null);

    /// <summary>Creates the file system. For FUSE, the first request is ready from then on.</summary>
    public void Create() => Configure(CreateCommand, null, null);

    /// <summary>Creates a detached mount. The caller owns the descriptor, which is also the root directory.</summary>
    public SafeFileHandle Mount(MountAttributes attributes)
    {
        SafeFileHandle mount = fsmount(context, CloseOnExecMount, (uint)attributes);
        return mount.IsInvalid ? throw LinuxException.FromLastError("fsmount", type) : mount;
    }

    public void Dispose() => context.Dispose();

    private void Configure(uint command, string? key, string? value)
    {
        if (fsconfig(context, command, key, value, 0) != 0)
        {
            var errno = (Errno)Marshal.GetLastPInvokeError();
            throw new LinuxException("fsconfig", errno, $"{type}{(key is null ? "" : $" {key}={value}")}{LastMessage()}");
        }
    }

    /// <summary>Reads the kernel's message about the last failure from the context, if there is one.</summary>
    private string LastMessage()
    {
        Span<byte> message = stackalloc byte[MessageCapacityInBytes];
        nint length = read(context, ref MemoryMarshal.GetReference(message), (nuint)message.Length);
        return length > 0 ? $" ({Encoding.UTF8.GetString(message[..(int)length]).TrimEnd()})" : "";
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial SafeFileHandle fsopen(string type, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int fsconfig(SafeFileHandle context, uint command, string? key, string? value, int auxiliary);

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle fsmount(SafeFileHandle context, uint flags, uint attributes);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(SafeFileHandle fd, ref byte buffer, nuint count);
}
