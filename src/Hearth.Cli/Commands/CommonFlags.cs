using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Cli.Rendering;
using Hearth.DiskImages;

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
}
