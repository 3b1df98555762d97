using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>The flags that every command takes.</summary>
internal sealed class GlobalFlags
{
    public Option<string?> StateDirectory { get; } = Flag.Text("--state-dir", "DIR",
        $"what survives a reboot: kernels, scratch files (default {RuntimeDirectories.DefaultState},\nor ${RuntimeDirectories.StateVariable})");

    public Option<string?> RunDirectory { get; } = Flag.Text("--run-dir", "DIR",
        $"what runs now (default {RuntimeDirectories.DefaultRun}, or ${RuntimeDirectories.RunVariable})");

    public Option<bool> Help { get; } = Flag.Switch("--help", "show this text", "-h");

    public GlobalFlags()
    {
        StateDirectory.Recursive = true;
        RunDirectory.Recursive = true;
        Help.Recursive = true;
    }

    public RuntimeDirectories Directories(ParseResult line, CommandContext context) =>
        RuntimeDirectories.Resolve(line.GetValue(StateDirectory), line.GetValue(RunDirectory), context.Environment.Find);
}
