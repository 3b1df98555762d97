using System.Runtime.InteropServices;
using System.Text;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Network;

/// <summary>Taps: network interfaces whose other end is a file of a process. Linux's Documentation/networking/tuntap.</summary>
public static partial class TapDevices
{
    private const string Path = "/dev/net/tun";
    private const uint SetInterface = 0x400454ca;
    private const uint SetPersistent = 0x400454cb;
    private const uint SetOwnerRequest = 0x400454cc;
    private const short Tap = 0x0002;
    private const short NoPacketInformation = 0x1000;
    private const short VirtioHeader = 0x4000;
    private const int Exclusive = 0x8000;

    /// <summary>Whether this process can open the device that makes taps.</summary>
    public static bool IsAvailable => File.Exists(Path);

    /// <summary>Creates a tap that exists until it is removed, with one queue and virtio headers.</summary>
    /// <param name="name">At most 15 bytes.</param>
    /// <param name="owner">The user who may open it.</param>
    /// <returns>False if an interface of the name exists already.</returns>
    /// <exception cref="LinuxException">The kernel refuses it.</exception>
    public static bool TryCreate(string name, uint owner)
    {
        if (TryOpen(name, Exclusive) is not { } device)
        {
            return false;
        }

        using (device)
        {
            Control(device, SetOwnerRequest, owner, name);
            Control(device, SetPersistent, 1, name);
        }

        return true;
    }

    /// <summary>Changes the user who may open a tap.</summary>
    public static void SetOwner(string name, uint owner)
    {
        using SafeFileHandle device = Open(name);
        Control(device, SetOwnerRequest, owner, name);
    }

    /// <summary>Opens the process's end of a tap.</summary>
    /// <returns>The end; the caller owns it.</returns>
    /// <exception cref="LinuxException">The tap is open already (EBUSY), or this user may not open it.</exception>
    public static SafeFileHandle Open(string name) => TryOpen(name, 0) ?? throw new LinuxException("ioctl TUNSETIFF", Errno.EBUSY, name);

    /// <returns>Null if the name is in use.</returns>
    private static SafeFileHandle? TryOpen(string name, int flags)
    {
        SafeFileHandle device = File.OpenHandle(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        InterfaceRequest request = new() { Flags = (short)(Tap | NoPacketInformation | VirtioHeader | flags) };
        Encoding.ASCII.GetBytes(name, (Span<byte>)request.Name);
        if (ioctl(device, SetInterface, ref request) == 0)
        {
            return device;
        }

        LinuxException failure = LinuxException.FromLastError("ioctl TUNSETIFF", name);
        device.Dispose();
        return failure.Errno == Errno.EBUSY ? null : throw failure;
    }

    private static void Control(SafeFileHandle device, uint request, nuint argument, string name)
    {
        if (ioctl(device, request, argument) != 0)
        {
            throw LinuxException.FromLastError("ioctl TUNSETOWNER", name);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, ref InterfaceRequest argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, nuint argument);
}
