namespace Hearth.Guest.Protocol;

/// <summary>The constants that host and guest share.</summary>
public static class GuestProtocol
{
    /// <summary>The protocol's version. It is raised whenever an older peer could misunderstand a message or a frame.</summary>
    public const int Version = 3;

    /// <summary>The virtio-serial port's name; the guest finds the port under /sys/class/virtio-ports.</summary>
    public const string SerialPortName = "hearth.channel";

    /// <summary>The vsock port on which the guest listens if the VMM offers vsock.</summary>
    public const uint VsockPort = 10241;

    /// <summary>
    /// The argument of the kernel's command line that selects one of the two: this name, <c>=</c>, and
    /// <see cref="SerialChannel"/> or <see cref="VsockChannel"/>.
    /// </summary>
    public const string ChannelArgument = "hearth.channel";

    public const string SerialChannel = "serial";

    public const string VsockChannel = "vsock";

    /// <summary>
    /// The maximum length of a control message as JSON. The longest one consists mainly of a process's arguments and
    /// environment. execve takes 2 MiB of them at the usual stack limit, and JSON may escape them.
    /// </summary>
    public const int MaxMessageBytes = 4 << 20;

    /// <summary>
    /// The number of unread bytes that a peer may have sent on a stream, which is the most that a stream without a reader holds.
    /// </summary>
    public const int StreamWindowBytes = 256 << 10;

    /// <summary>The number of streams that may be open at a time. It bounds a channel's memory to this many windows.</summary>
    public const int MaxOpenStreams = 1024;
}
