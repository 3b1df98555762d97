namespace Hearth.Guest.Protocol;

/// <summary>The constants that host and guest share.</summary>
public static class GuestProtocol
{
    /// <summary>Raised whenever an older peer could misunderstand a message.</summary>
    public const int Version = 1;

    /// <summary>The virtio-serial port's name: the guest finds it under /sys/class/virtio-ports.</summary>
    public const string SerialPortName = "hearth.channel";

    /// <summary>The vsock port on which the guest listens where the VMM offers vsock.</summary>
    public const uint VsockPort = 10241;
}
