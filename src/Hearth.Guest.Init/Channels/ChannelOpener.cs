using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Protocol;
using Hearth.Linux.Sockets;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Channels;

/// <summary>Opens the byte stream to the host: the one place that knows which kinds there are.</summary>
internal static class ChannelOpener
{
    /// <summary>The port shows up within milliseconds of its driver; what takes this long will not come.</summary>
    private const int PortTimeoutMs = 10_000;

    private const string PortsDirectory = "/sys/class/virtio-ports";

    /// <summary>Opens the kind that the kernel command line names.</summary>
    /// <exception cref="GuestInitException">The kind is unknown, or its device does not come.</exception>
    internal static SafeFileHandle Open(string commandLine, DeviceWatch devices) =>
        KernelCommandLine.Find(commandLine, GuestProtocol.ChannelArgument) switch
        {
            null or GuestProtocol.SerialChannel => OpenSerialPort(devices),
            GuestProtocol.VsockChannel => AcceptVsock(),
            string other => throw new GuestInitException(
                $"{GuestProtocol.ChannelArgument}={other}: no such kind of channel; there are {GuestProtocol.SerialChannel} and {GuestProtocol.VsockChannel}"),
        };

    private static SafeFileHandle OpenSerialPort(DeviceWatch devices)
    {
        string device = devices.WaitFor(FindSerialPort, PortTimeoutMs) ?? throw new GuestInitException(
            $"no virtio-serial port named {GuestProtocol.SerialPortName} within {PortTimeoutMs / 1000} s: "
            + "the machine has none, or its driver (virtio_console) was not loaded");
        return PseudoTerminals.Open(device);
    }

    /// <summary>A port's name comes from the host a moment after its device.</summary>
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

    /// <summary>The host connects when it has seen the machine start; the VMM's death ends the wait along with all else.</summary>
    private static SafeFileHandle AcceptVsock()
    {
        using SafeFileHandle listener = GuestSockets.ListenVsock(GuestProtocol.VsockPort);
        return GuestSockets.Accept(listener);
    }
}
