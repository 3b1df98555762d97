namespace Hearth.Machines.Kernel;

/// <summary>Why a kernel could not be imported, found or read.</summary>
public enum KernelError
{
    /// <summary>The path does not exist, or the store has no kernel of that name.</summary>
    NotFound,

    /// <summary>The file is neither a bzImage nor an ELF vmlinux nor a package with one.</summary>
    NotAKernel,

    /// <summary>The kernel is for another processor architecture.</summary>
    WrongArchitecture,

    /// <summary>Hearth cannot read the compression (bzip2, lzma, lzo).</summary>
    UnsupportedCompression,

    /// <summary>A kernel, module or description is inconsistent or ends early.</summary>
    Corrupt,

    /// <summary>The file is larger than any kernel.</summary>
    TooLarge,

    /// <summary>A module, or one that it depends on, is neither built in nor in the store.</summary>
    ModuleMissing,

    /// <summary>A program that unpacks the source is missing, or it failed.</summary>
    ToolFailed,
}
