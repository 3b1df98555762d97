using Hearth.Cli.CommandLine;
using Hearth.Cli.Rendering;
using Hearth.Client.Attachment;
using Hearth.Control.Attachment;
using Hearth.DiskImages;
using Hearth.Machines;

namespace Hearth.Cli.Commands;

/// <summary>Flags that several commands have.</summary>
internal static class CommonFlags
{
    public static Flag<OutputFormat> Format(string? shortForm = null) =>
        Flag.Choice("--format", "how to write the result (default table)", shortForm, [("table", OutputFormat.Table), ("json", OutputFormat.Json)]);

    public static Flag<string?> DetachKeys() => Flag.Text("--detach-keys", "KEYS",
        "what to type to leave the container alone and let it run: single\ncharacters or ctrl-LETTER, joined by commas (default ctrl-p,ctrl-q)");

    public static Flag<bool> SignalProxy() => Flag.Switch("--sig-proxy", "hand signals to the container's process (default true)", isOn: true);

    /// <exception cref="UsageException">They are none.</exception>
    public static string ReadDetachKeys(ParsedLine line, Flag<string?> flag)
    {
        string keys = line.GetValue(flag) ?? "ctrl-p,ctrl-q";
        try
        {
            _ = new ClientAttachment { Streams = new WorkloadStreams { Output = Stream.Null, Error = Stream.Null }, DetachKeys = keys };
            return keys;
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    public static Flag<ImageFormat?> RootfsFormat(string ofAuto) => Flag.Choice<ImageFormat?>(
        "--rootfs-format",
        $"the virtual disk's file system; auto takes {ofAuto} (default auto)",
        ("auto", null), ("squashfs", ImageFormat.SquashFs), ("erofs", ImageFormat.Erofs));

    public static Flag<Accelerator> Accel() => Flag.Choice("--accel",
        "what runs the guest's processor; auto takes KVM where it can\nrun an ordinary kernel (default auto)",
        ("auto", Accelerator.Auto), ("tcg", Accelerator.Tcg), ("kvm", Accelerator.Kvm));
}
