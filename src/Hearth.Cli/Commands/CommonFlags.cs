using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Cli.Rendering;
using Hearth.DiskImages;
using Hearth.Machines;

namespace Hearth.Cli.Commands;

/// <summary>Flags that several commands have.</summary>
internal static class CommonFlags
{
    public static Option<OutputFormat> Format() =>
        Flag.Choice("--format", "how to write the result (default table)", ("table", OutputFormat.Table), ("json", OutputFormat.Json));

    public static Option<ImageFormat?> RootfsFormat(string ofAuto) => Flag.Choice<ImageFormat?>(
        "--rootfs-format",
        $"the virtual disk's file system; auto takes {ofAuto} (default auto)",
        ("auto", null), ("squashfs", ImageFormat.SquashFs), ("erofs", ImageFormat.Erofs));

    public static Option<Accelerator> Accel() => Flag.Choice("--accel",
        "what runs the guest's processor; auto takes KVM where it can\nrun an ordinary kernel (default auto)",
        ("auto", Accelerator.Auto), ("tcg", Accelerator.Tcg), ("kvm", Accelerator.Kvm));
}
