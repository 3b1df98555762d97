using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>The flags that every command takes.</summary>
internal sealed class GlobalFlags
{
    public Option<string?> StateDirectory { get; } = Flag.Text("--state-dir", "DIR",
        $"what survives a reboot: kernels, scratch files (default {HearthDirectories.DefaultState},\nor ${HearthDirectories.StateVariable})");

    public Option<string?> RunDirectory { get; } = Flag.Text("--run-dir", "DIR",
        $"what runs now (default {HearthDirectories.DefaultRun}, or ${HearthDirectories.RunVariable})");

    public Option<bool> Help { get; } = Flag.Switch("--help", "show this text", "-h");

    public GlobalFlags()
    {
        StateDirectory.Recursive = true;
        RunDirectory.Recursive = true;
        Help.Recursive = true;
    }

    public HearthDirectories Directories(ParseResult line, CommandContext context) =>
        HearthDirectories.Resolve(line.GetValue(StateDirectory), line.GetValue(RunDirectory), context.Environment.Find);
}
