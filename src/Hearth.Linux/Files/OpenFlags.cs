namespace Hearth.Linux.Files;

/// <summary>open(2)'s flags, as far as they have one number on all architectures (asm-generic/fcntl.h). O_RDONLY is none of them.</summary>
[Flags]
public enum OpenFlags : uint
{
    None = 0,
    WriteOnly = 1,
    ReadWrite = 2,

    /// <summary>A mask: reading, writing or both.</summary>
    AccessMode = 3,

    /// <summary>The kernel opens a program to run it: its own mark (__FMODE_EXEC, linux/fs.h), which a FUSE request shows.</summary>
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
