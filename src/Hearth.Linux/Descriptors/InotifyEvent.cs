using System.Runtime.InteropServices;

namespace Hearth.Linux.Descriptors;

/// <summary>struct inotify_event, without the name that follows it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InotifyEvent
{
    public int Watch;
    public uint Mask;
    public uint Cookie;
    public uint NameBytes;
}
