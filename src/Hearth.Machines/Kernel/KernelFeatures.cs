namespace Hearth.Machines.Kernel;

/// <summary>The names in <see cref="KernelEntry.Features"/>.</summary>
internal static class KernelFeatures
{
    /// <summary>The image has an entry point for a VMM that boots it without a boot loader (the Xen PVH note).</summary>
    public const string Pvh = "pvh";

    /// <summary>The kernel finds its devices through ACPI; without it, the command line must name them.</summary>
    public const string Acpi = "acpi";

    public const string VirtioMmio = "virtio_mmio";
    public const string VirtioBlock = "virtio_blk";
    public const string VirtioConsole = "virtio_console";
    public const string VirtioNet = "virtio_net";
    public const string Vsock = "vsock";

    /// <summary>The option of the kernel's configuration for each name, and the module for the option.</summary>
    internal static readonly IReadOnlyList<(string Name, string Option, string Module)> Options =
    [
        (Acpi, "ACPI", "acpi"),
        (VirtioMmio, "VIRTIO_MMIO", "virtio_mmio"),
        (VirtioBlock, "VIRTIO_BLK", "virtio_blk"),
        (VirtioConsole, "VIRTIO_CONSOLE", "virtio_console"),
        (VirtioNet, "VIRTIO_NET", "virtio_net"),
        (Vsock, "VIRTIO_VSOCKETS", "vmw_vsock_virtio_transport"),
    ];

    /// <summary>The same for file systems.</summary>
    internal static readonly IReadOnlyList<(string Name, string Option, string Module)> FileSystemOptions =
    [
        ("erofs", "EROFS_FS", "erofs"),
        ("ext4", "EXT4_FS", "ext4"),
        ("fuse", "FUSE_FS", "fuse"),
        ("overlay", "OVERLAY_FS", "overlay"),
        ("squashfs", "SQUASHFS", "squashfs"),
        ("tmpfs", "TMPFS", "tmpfs"),
        ("virtiofs", "VIRTIO_FS", "virtiofs"),
    ];

    /// <summary>
    /// The modules that an import stores: for the machine's devices, for the root's file systems, and for tests that run a
    /// machine inside a machine.
    /// </summary>
    internal static readonly IReadOnlyList<string> StoredModules =
    [
        "virtio_mmio", "virtio_blk", "virtio_console", "virtio_net", "vmw_vsock_virtio_transport",
        "squashfs", "erofs", "ext4", "overlay", "fuse", "virtiofs", "crc32c_generic",
        "irqbypass", "kvm", "kvm_amd", "kvm_intel", "loop",
    ];
}
