namespace Hearth.Guest.Protocol;

/// <summary>The constants that host and guest share.</summary>
public static class GuestProtocol
{
    /// <summary>Raised whenever an older peer could misunderstand a message or a frame.</summary>
    public const int Version = 3;

    /// <summary>The virtio-serial port's name: the guest finds it under /sys/class/virtio-ports.</summary>
    public const string SerialPortName = "hearth.channel";

    /// <summary>The vsock port on which the guest listens where the VMM offers vsock.</summary>
    public const uint VsockPort = 10241;

    /// <summary>The word of the kernel's command line that tells the guest which of the two there is: this name, =, and one of the kinds.</summary>
    public const string ChannelArgument = "hearth.channel";

    public const string SerialChannel = "serial";

    public const string VsockChannel = "vsock";

    /// <summary>
    /// The longest control message, as JSON. Arguments and environment of a process are the bulk of the longest one, and
    /// execve takes 2 MiB of them at the usual stack limit; JSON may escape them.
    /// </summary>
    public const int MaxMessageBytes = 4 << 20;

    /// <summary>
    /// What a peer may have sent on a stream beyond what was read: the most that a stream without a reader holds.
    /// </summary>
    public const int StreamWindowBytes = 256 << 10;

    /// <summary>Streams that may be open at once. Bounds what a channel holds: this many windows.</summary>
    public const int MaxOpenStreams = 1024;
}
