namespace Hearth.Linux.Files;

/// <summary>Flags of open(2) that have the same number on all architectures (asm-generic/fcntl.h). O_RDONLY is 0.</summary>
[Flags]
public enum OpenFlags : uint
{
    None = 0,
    WriteOnly = 1,
    ReadWrite = 2,

    /// <summary>The mask of the access mode: reading, writing or both.</summary>
    AccessMode = 3,

    /// <summary>
    /// The kernel opens a program to execute it: an internal flag (__FMODE_EXEC, linux/fs.h) that appears in FUSE requests.
    /// </summary>
    Execution = 0x20,
    Create = 0x40,
    Exclusive = 0x80,
    NoControllingTerminal = 0x100,
    Truncate = 0x200,
    Append = 0x400,
    NonBlocking = 0x800,
    DataSynchronous = 0x1000,
    Synchronous = 0x101000,
}
