using System.Runtime.InteropServices;

namespace Hearth.Linux.Fuse;

/// <summary>struct fuse_init_out, at its length since 7.23.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseInitOut
{
    public uint Major;
    public uint Minor;
    public uint MaxReadAhead;
    public uint Flags;
    public ushort MaxBackground;
    public ushort CongestionThreshold;
    public uint MaxWrite;

    /// <summary>Granularity of time stamps in nanoseconds.</summary>
    public uint TimeGranularity;
    public ushort MaxPages;
    public ushort MapAlignment;
    public uint Flags2;
    public UnusedWords Unused;

    [System.Runtime.CompilerServices.InlineArray(7)]
    public struct UnusedWords
    {
        private uint first;
    }
}

/// <summary>struct fuse_attr.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseAttr
{
    public ulong Inode;
    public ulong Size;

    /// <summary>Blocks of 512 bytes.</summary>
    public ulong Blocks;
    public ulong AccessTime;
    public ulong ModificationTime;
    public ulong ChangeTime;
    public uint AccessTimeNanoseconds;
    public uint ModificationTimeNanoseconds;
    public uint ChangeTimeNanoseconds;
    public uint Mode;
    public uint LinkCount;
    public uint Uid;
    public uint Gid;
    public uint Device;
    public uint BlockSize;
    public uint Flags;
}

/// <summary>struct fuse_entry_out: the answer to LOOKUP.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseEntryOut
{
    public ulong NodeId;
    public ulong Generation;

    /// <summary>How long the name stays valid, in seconds.</summary>
    public ulong EntryValid;

    /// <summary>How long the attributes stay valid, in seconds.</summary>
    public ulong AttrValid;
    public uint EntryValidNanoseconds;
    public uint AttrValidNanoseconds;
    public FuseAttr Attr;
}

/// <summary>struct fuse_attr_out: the answer to GETATTR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseAttrOut
{
    public ulong AttrValid;
    public uint AttrValidNanoseconds;
    public uint Padding;
    public FuseAttr Attr;
}

/// <summary>struct fuse_open_out: the answer to OPEN and OPENDIR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseOpenOut
{
    public ulong FileHandle;
    public FuseOpenFlags OpenFlags;
    public uint Padding;
}

/// <summary>struct fuse_kstatfs, the only member of struct fuse_statfs_out: the answer to STATFS.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseStatFsOut
{
    public ulong Blocks;
    public ulong BlocksFree;
    public ulong BlocksAvailable;
    public ulong Files;
    public ulong FilesFree;
    public uint BlockSize;
    public uint NameLength;
    public uint FragmentSize;
    public uint Padding;
    public SpareWords Spare;

    [System.Runtime.CompilerServices.InlineArray(6)]
    public struct SpareWords
    {
        private uint first;
    }
}

/// <summary>
/// struct fuse_dirent without its name, which follows it and is padded to 8 bytes. READDIR returns a sequence of them.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseDirent
{
    public ulong Inode;

    /// <summary>The offset at which the next READDIR continues after this entry.</summary>
    public ulong Offset;
    public uint NameLength;

    /// <summary>File type as in the mode, shifted right by 12.</summary>
    public uint Type;
}

/// <summary>struct fuse_write_out: the answer to WRITE and COPY_FILE_RANGE.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseWriteOut
{
    public uint Size;
    public uint Padding;
}

/// <summary>struct fuse_getxattr_out: the answer to a GETXATTR or LISTXATTR that only requests the size.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseGetXattrOut
{
    public uint Size;
    public uint Padding;
}

/// <summary>
/// struct fuse_notify_inval_inode_out: a notification that the kernel's cached data of a node is out of date. The header
/// contains <see cref="FuseNotice.InvalidateInode"/> as its error and no request number.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseInvalidateInodeOut
{
    public ulong NodeId;

    /// <summary>The offset from which the node's bytes are invalid; negative for its attributes alone.</summary>
    public long Offset;
    public long Length;
}

/// <summary>struct fuse_lseek_out: the answer to LSEEK.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseLSeekOut
{
    public ulong Offset;
}
