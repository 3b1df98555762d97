namespace Hearth.Linux.Descriptors;

/// <summary>What epoll(7) reports, and how it is asked to; the kernel's EPOLL numbers.</summary>
[Flags]
public enum EpollEvents : uint
{
    None = 0,
    In = 0x1,

    /// <summary>Something exceptional: for a file of a control group, that it changed since it was read.</summary>
    Priority = 0x2,
    Out = 0x4,
    Error = 0x8,
    HangUp = 0x10,

    /// <summary>Reports once, then stays silent until <see cref="Epoll.Rearm"/>.</summary>
    OneShot = 1u << 30,
}
