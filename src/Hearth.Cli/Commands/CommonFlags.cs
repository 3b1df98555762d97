using Hearth.Client.Attachment;
using Hearth.CommandLine;
using Hearth.DiskImages;
using Hearth.Machines;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary>Flags that several commands have.</summary>
internal static class CommonFlags
{
    public static Flag<OutputFormat> Format(string? shortForm = null) =>
        Flag.Choice("--format", "format of the output (default table)", shortForm, [("table", OutputFormat.Table), ("json", OutputFormat.Json)]);

    public static Flag<string?> DetachKeys() => Flag.Text("--detach-keys", "KEYS",
        "keys that detach from the container: single characters or\nctrl-LETTER, separated by commas (default ctrl-p,ctrl-q)");

    public static Flag<bool> SignalProxy() => Flag.Switch("--sig-proxy", "forward signals to the container's process (default true)", isOn: true);

    /// <summary>Labels; of several values of one name, the last one counts.</summary>
    public static Dictionary<string, string> ReadLabels(IEnumerable<string> values) => values
        .Select(label => label.Split('=', 2))
        .GroupBy(parts => parts[0])
        .ToDictionary(group => group.Key, group => group.Last().ElementAtOrDefault(1) ?? "");

    /// <exception cref="UsageException">The value names no keys.</exception>
    public static string ReadDetachKeys(ParsedLine line, Flag<string?> flag) => Parsed(() => ClientAttachment.RequireDetachKeys(line.GetValue(flag)));

    /// <summary>Reads values of flags; those that cannot be read are a wrong command line.</summary>
    /// <exception cref="UsageException">One cannot be read.</exception>
    public static T Parsed<T>(Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    public static Flag<ImageFormat?> RootfsFormat(string ofAuto) => Flag.Choice<ImageFormat?>(
        "--rootfs-format",
        $"file system of the virtual disk; auto uses {ofAuto} (default auto)",
        ("auto", null), ("squashfs", ImageFormat.SquashFs), ("erofs", ImageFormat.Erofs));

    public static Flag<Accelerator> Accel() => Flag.Choice("--accel",
        "how the guest's processor is run; auto uses KVM if it can run\nan ordinary kernel (default auto)",
        ("auto", Accelerator.Auto), ("tcg", Accelerator.Tcg), ("kvm", Accelerator.Kvm));
}
