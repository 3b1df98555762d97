using System.Runtime.InteropServices;

namespace Hearth.Linux.Fuse;

/// <summary>struct fuse_forget_in: FORGET. The number of lookups of the node to forget.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseForgetIn
{
    public ulong Lookups;
}

/// <summary>struct fuse_forget_one: one node of a BATCH_FORGET.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseForgetOne
{
    public ulong NodeId;
    public ulong Lookups;
}

/// <summary>struct fuse_batch_forget_in: BATCH_FORGET. This many struct fuse_forget_one follow.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseBatchForgetIn
{
    public uint Count;
    public uint Unused;
}

/// <summary>struct fuse_getattr_in: GETATTR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseGetAttrIn
{
    public uint Flags;
    public uint Unused;
    public ulong FileHandle;
}

/// <summary>struct fuse_setattr_in: SETATTR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseSetAttrIn
{
    public FuseSetAttrFields Fields;
    public uint Padding;
    public ulong FileHandle;
    public ulong Size;
    public ulong LockOwner;

    /// <summary>In seconds, as a signed number: negative before 1970.</summary>
    public ulong AccessTime;
    public ulong ModificationTime;
    public ulong ChangeTime;
    public uint AccessTimeNanoseconds;
    public uint ModificationTimeNanoseconds;
    public uint ChangeTimeNanoseconds;
    public uint Mode;
    public uint Unused4;
    public uint Uid;
    public uint Gid;
    public uint Unused5;
}

/// <summary>struct fuse_mknod_in: MKNOD. The name follows.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseMkNodIn
{
    public uint Mode;
    public uint Device;
    public uint Umask;
    public uint Padding;
}

/// <summary>struct fuse_mkdir_in: MKDIR. The name follows.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseMkDirIn
{
    public uint Mode;
    public uint Umask;
}

/// <summary>struct fuse_rename_in: RENAME. Old and new name follow.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseRenameIn
{
    public ulong NewDirectory;
}

/// <summary>struct fuse_rename2_in: RENAME2. Old and new name follow.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseRename2In
{
    public ulong NewDirectory;

    /// <summary>The flags of renameat2(2).</summary>
    public uint Flags;
    public uint Padding;
}

/// <summary>struct fuse_link_in: LINK. The new name follows.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseLinkIn
{
    public ulong OldNodeId;
}

/// <summary>struct fuse_setxattr_in at its length without FUSE_SETXATTR_EXT: SETXATTR. Name and value follow.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseSetXattrIn
{
    public uint Size;

    /// <summary>The flags of setxattr(2).</summary>
    public uint Flags;
}

/// <summary>struct fuse_getxattr_in: GETXATTR, which the name follows, and LISTXATTR. A size of 0 requests the size.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseGetXattrIn
{
    public uint Size;
    public uint Padding;
}

/// <summary>struct fuse_access_in: ACCESS.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseAccessIn
{
    /// <summary>The mask of access(2).</summary>
    public uint Mask;
    public uint Padding;
}
