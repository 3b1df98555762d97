using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Protocol;
using Hearth.Linux.Sockets;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Channels;

/// <summary>Opens the byte stream to the host. Only this class knows the kinds of channels.</summary>
internal static class ChannelOpener
{
    /// <summary>The port appears within milliseconds of its driver; after this time it will not appear.</summary>
    private const int PortTimeoutMs = 10_000;

    private const string PortsDirectory = "/sys/class/virtio-ports";

    /// <summary>Opens the kind that the kernel command line names.</summary>
    /// <exception cref="GuestInitException">The kind is unknown, or its device does not appear.</exception>
    internal static SafeFileHandle Open(string commandLine, DeviceWatch devices) =>
        KernelCommandLine.Find(commandLine, GuestProtocol.ChannelArgument) switch
        {
            null or GuestProtocol.SerialChannel => OpenSerialPort(devices),
            GuestProtocol.VsockChannel => AcceptVsock(),
            string other => throw new GuestInitException(
                $"{GuestProtocol.ChannelArgument}={other}: unknown; use {GuestProtocol.SerialChannel} or {GuestProtocol.VsockChannel}"),
        };

    private static SafeFileHandle OpenSerialPort(DeviceWatch devices)
    {
        string device = devices.WaitFor(FindSerialPort, PortTimeoutMs) ?? throw new GuestInitException(
            $"cannot open the channel: no virtio-serial port {GuestProtocol.SerialPortName} within {PortTimeoutMs / 1000} s; "
            + "the machine has none, or its driver (virtio_console) was not loaded");
        return PseudoTerminals.Open(device);
    }

    /// <summary>Finds the port by its name, which the host sends shortly after the device appears.</summary>
    private static string? FindSerialPort()
    {
        if (!Directory.Exists(PortsDirectory))
        {
            return null;
        }

        foreach (string port in Directory.GetFileSystemEntries(PortsDirectory))
        {
            string name = Path.Combine(port, "name");
            if (File.Exists(name) && File.ReadAllText(name).Trim() == GuestProtocol.SerialPortName)
            {
                return "/dev/" + Path.GetFileName(port);
            }
        }

        return null;
    }

    /// <summary>Waits for the host, which connects after the machine's start. If the VMM ends, so does the wait.</summary>
    private static SafeFileHandle AcceptVsock()
    {
        using SafeFileHandle listener = GuestSockets.ListenVsock(GuestProtocol.VsockPort);
        return GuestSockets.Accept(listener);
    }
}
