using System.Runtime.InteropServices;

namespace Hearth.Linux.Files;

/// <summary><c>struct flock</c> of 64-bit systems.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RangeLock
{
    public short Type;
    public short Whence;
    public long Start;
    public long Length;

    /// <summary>0 for a lock of an open file.</summary>
    public int ProcessId;
}
