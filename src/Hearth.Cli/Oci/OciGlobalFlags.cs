using Hearth.Cli.Commands;
using Hearth.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Oci;

/// <summary>The flags that every command of the OCI runtime takes; runc's.</summary>
internal sealed class OciGlobalFlags(CommandContext context, GlobalFlags global)
{
    /// <summary>Engines pass their own directory; this one is for users.</summary>
    internal const string DefaultRoot = "/run/hearth/oci";

    private readonly Flag<string?> root = Flag.Text("--root", "DIR", $"directory for containers (default {DefaultRoot})").Inherited();

    private readonly Flag<string?> log = Flag.Text("--log", "FILE", "append messages to FILE (default: standard error)").Inherited();

    private readonly Flag<OciLogFormat> logFormat = Flag.Choice("--log-format", "format of messages (default text)", ("text", OciLogFormat.Text), ("json", OciLogFormat.Json)).Inherited();

    private readonly Flag<bool> debug = Flag.Switch("--debug", "write more messages").Inherited();

    private readonly Flag<bool> systemdCgroup = Flag.Switch("--systemd-cgroup", "read cgroupsPath as SLICE:PREFIX:NAME and make it a path,\nwithout systemd").Inherited();

    /// <summary>Ignored: running containers needs root.</summary>
    private readonly Flag<string?> rootless = Flag.Text("--rootless", "VALUE", "ignored").Inherited();

    private readonly Flag<string?> criu = Flag.Text("--criu", "FILE", "ignored").Inherited().Hidden();

    public Flag[] All => [root, log, logFormat, debug, systemdCgroup, rootless, criu];

    public OciLog Log(ParsedLine line) => new(NotEmpty(line.GetValue(log)), line.GetValue(logFormat), line.GetValue(debug), context.Error, context.Clock);

    /// <summary>Containers of engines are stored where the engine says, until the host restarts; kernels and caches are Hearth's.</summary>
    public HearthDirectories Directories(ParsedLine line)
    {
        string place = Path.GetFullPath(NotEmpty(line.GetValue(root)) ?? DefaultRoot);
        return global.LocalDirectories(line, context) with { Run = place, Records = Path.Combine(place, "records") };
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
