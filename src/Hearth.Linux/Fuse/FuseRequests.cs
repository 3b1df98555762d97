using System.Runtime.InteropServices;

namespace Hearth.Linux.Fuse;

/// <summary>struct fuse_init_in, at its length since 7.36.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseInitIn
{
    public uint Major;
    public uint Minor;
    public uint MaxReadAhead;
    public uint Flags;
    public uint Flags2;
    public UnusedWords Unused;

    [System.Runtime.CompilerServices.InlineArray(11)]
    public struct UnusedWords
    {
        private uint first;
    }
}

/// <summary>struct fuse_open_in: OPEN and OPENDIR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseOpenIn
{
    /// <summary>open(2)'s flags.</summary>
    public uint Flags;
    public FuseOpenRequestFlags OpenFlags;
}

/// <summary>struct fuse_read_in: READ and READDIR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseReadIn
{
    public ulong FileHandle;
    public ulong Offset;
    public uint Size;
    public uint ReadFlags;
    public ulong LockOwner;
    public uint Flags;
    public uint Padding;
}

/// <summary>struct fuse_interrupt_in: INTERRUPT. Contains the number of the interrupted request.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseInterruptIn
{
    public ulong Unique;
}
