using System.Runtime.InteropServices;

namespace Hearth.Linux.Fuse;

/// <summary>struct fuse_in_header: the start of each request.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseInHeader
{
    public uint Length;
    public FuseOpcode Opcode;
    public ulong Unique;
    public ulong NodeId;
    public uint Uid;
    public uint Gid;
    public uint Pid;

    /// <summary>Length of the extensions at the end of the request, in units of 8 bytes; always 0 before 7.38.</summary>
    public ushort ExtensionLength;
    public ushort Padding;
}

/// <summary>struct fuse_out_header: the start of each reply.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseOutHeader
{
    public uint Length;

    /// <summary>0, or a negated errno; in a message that answers no request, a <see cref="FuseNotice"/>.</summary>
    public int Error;
    public ulong Unique;
}
