using System.Runtime.InteropServices;

namespace Hearth.Linux.Fuse;

/// <summary>struct fuse_in_header: begins each request.</summary>
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

    /// <summary>Length of the extensions that end the request, in 8 bytes; always 0 before 7.38.</summary>
    public ushort ExtensionLength;
    public ushort Padding;
}

/// <summary>struct fuse_out_header: begins each reply.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseOutHeader
{
    public uint Length;

    /// <summary>0, or an errno below zero; of what no request asked for, a <see cref="FuseNotice"/>.</summary>
    public int Error;
    public ulong Unique;
}
