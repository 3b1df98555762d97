using System.Runtime.InteropServices;

namespace Hearth.Linux.Descriptors;

/// <summary>struct epoll_event of x86-64, the only architecture where the kernel packs it.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct EpollEventPacked
{
    internal EpollEvents Events;
    internal ulong Data;
}

/// <summary>struct epoll_event of every other architecture.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EpollEventAligned
{
    internal EpollEvents Events;
    internal ulong Data;
}

/// <summary>One report of <see cref="Epoll.Wait"/>: the ready events, and the token its descriptor was added with.</summary>
public readonly record struct EpollReport(EpollEvents Events, ulong Token);
