namespace Hearth.Machines.Kernel;

/// <summary>Why a kernel could not be imported, found or read.</summary>
public enum KernelError
{
    /// <summary>Nothing at the path, or no kernel of that name in the store.</summary>
    NotFound,

    /// <summary>Neither a bzImage nor an ELF vmlinux nor a package that holds one.</summary>
    NotAKernel,

    /// <summary>A kernel for other processors than this machine's.</summary>
    WrongArchitecture,

    /// <summary>A compression that Hearth does not read (bzip2, lzma, lzo).</summary>
    UnsupportedCompression,

    /// <summary>A kernel, module or description that contradicts itself or ends early.</summary>
    Corrupt,

    /// <summary>Larger than any kernel is.</summary>
    TooLarge,

    /// <summary>A module, or one that it depends on, that is neither built in nor in the store.</summary>
    ModuleMissing,

    /// <summary>A program that unpacks the source is missing or failed.</summary>
    ToolFailed,
}
