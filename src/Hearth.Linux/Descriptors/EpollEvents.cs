namespace Hearth.Linux.Descriptors;

/// <summary>Events and flags of epoll(7): the kernel's EPOLL numbers.</summary>
[Flags]
public enum EpollEvents : uint
{
    None = 0,
    In = 0x1,

    /// <summary>An exceptional condition; for a control group's file, that it changed since it was last read.</summary>
    Priority = 0x2,
    Out = 0x4,
    Error = 0x8,
    HangUp = 0x10,

    /// <summary>Reports once, then not again until <see cref="Epoll.Rearm"/>.</summary>
    OneShot = 1u << 30,
}
