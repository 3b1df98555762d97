using Hearth.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>The flags that every command takes.</summary>
internal sealed class GlobalFlags
{
    public Flag<string?> StateDirectory { get; } = Flag.Text("--state-dir", "DIR",
        $"what survives a reboot: records, volumes, kernels (default {HearthDirectories.DefaultState},\nor ${HearthDirectories.StateVariable})").Inherited();

    public Flag<string?> RunDirectory { get; } = Flag.Text("--run-dir", "DIR",
        $"state of running containers (default {HearthDirectories.DefaultRun}, or ${HearthDirectories.RunVariable})").Inherited();

    public Flag<bool> Help { get; } = Flag.Switch("--help", "show this help", "-h").Inherited();

    public HearthDirectories Directories(ParsedLine line, CommandContext context) =>
        HearthDirectories.Resolve(line.GetValue(StateDirectory), line.GetValue(RunDirectory), context.Environment.Find);
}
