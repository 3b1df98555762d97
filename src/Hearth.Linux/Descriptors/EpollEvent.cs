using System.Runtime.InteropServices;

namespace Hearth.Linux.Descriptors;

/// <summary>struct epoll_event of x86-64, which the kernel packs there and nowhere else.</summary>
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

/// <summary>One report of <see cref="Epoll.Wait"/>: what is ready, and the number its descriptor was added under.</summary>
public readonly record struct EpollReport(EpollEvents Events, ulong Token);
