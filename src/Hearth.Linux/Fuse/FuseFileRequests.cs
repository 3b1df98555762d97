using System.Runtime.InteropServices;

namespace Hearth.Linux.Fuse;

/// <summary>struct fuse_create_in: CREATE. The name follows.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseCreateIn
{
    /// <summary>The flags of open(2).</summary>
    public uint Flags;
    public uint Mode;
    public uint Umask;
    public FuseOpenRequestFlags OpenFlags;
}

/// <summary>struct fuse_release_in: RELEASE and RELEASEDIR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseReleaseIn
{
    public ulong FileHandle;
    public uint Flags;
    public uint ReleaseFlags;
    public ulong LockOwner;
}

/// <summary>struct fuse_write_in: WRITE. The bytes follow.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseWriteIn
{
    public ulong FileHandle;
    public ulong Offset;
    public uint Size;
    public FuseWriteFlags WriteFlags;
    public ulong LockOwner;

    /// <summary>The flags of the open file: those of open(2), possibly changed by fcntl(2).</summary>
    public uint Flags;
    public uint Padding;
}

/// <summary>struct fuse_fsync_in: FSYNC and FSYNCDIR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseFsyncIn
{
    public ulong FileHandle;
    public FuseFsyncFlags Flags;
    public uint Padding;
}

/// <summary>struct fuse_fallocate_in: FALLOCATE.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseFallocateIn
{
    public ulong FileHandle;
    public ulong Offset;
    public ulong Length;

    /// <summary>The mode of fallocate(2).</summary>
    public uint Mode;
    public uint Padding;
}

/// <summary>struct fuse_lseek_in: LSEEK.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseLSeekIn
{
    public ulong FileHandle;
    public ulong Offset;

    /// <summary>The whence of lseek(2).</summary>
    public uint Whence;
    public uint Padding;
}

/// <summary>struct fuse_copy_file_range_in: COPY_FILE_RANGE. The request's own node is the source.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseCopyFileRangeIn
{
    public ulong FromHandle;
    public ulong FromOffset;
    public ulong ToNodeId;
    public ulong ToHandle;
    public ulong ToOffset;
    public ulong Length;
    public ulong Flags;
}
