using Hearth.Cli.Hosts;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Remote;

namespace Hearth.Cli.Commands;

/// <summary>The flags that every command takes.</summary>
internal sealed class GlobalFlags
{
    public Flag<string?> StateDirectory { get; } = Flag.Text("--state-dir", "DIR",
        $"what survives a reboot: records, volumes, kernels (default {HearthDirectories.DefaultState},\nor ${HearthDirectories.StateVariable})").Inherited();

    public Flag<string?> RunDirectory { get; } = Flag.Text("--run-dir", "DIR",
        $"state of running containers (default {HearthDirectories.DefaultRun}, or ${HearthDirectories.RunVariable})").Inherited();

    public Flag<bool> Help { get; } = Flag.Switch("--help", "show this help", "-h").Inherited();

    /// <summary>Which host commands work on.</summary>
    public HostFlags Host { get; } = new();

    /// <summary>How the chosen host is reached; null for this one.</summary>
    /// <exception cref="UsageException">Flags contradict each other.</exception>
    /// <exception cref="HearthException">There is no such context, or it cannot be used.</exception>
    public HostAccess? FindHost(ParsedLine line, CommandContext context) =>
        Host.Find(line, context.Environment.Find, isHere: line.IsGiven(StateDirectory) || line.IsGiven(RunDirectory));

    /// <summary>The directories of a command that works on this host alone.</summary>
    /// <exception cref="HearthException">Another host is chosen.</exception>
    public HearthDirectories Directories(ParsedLine line, CommandContext context)
    {
        RequireThisHost(line, context);
        return LocalDirectories(line, context);
    }

    /// <exception cref="HearthException">Another host is chosen.</exception>
    public void RequireThisHost(ParsedLine line, CommandContext context)
    {
        if (FindHost(line, context) is { } access)
        {
            throw new HearthException(
                HearthError.InvalidRequest,
                $"cannot run '{line.Command.FullName}' on {access}: it works with files of the host that it runs on; run it there, or choose this host ('--context {ContextStore.DefaultName}')");
        }
    }

    /// <summary>The directories of this host, whichever is chosen.</summary>
    public HearthDirectories LocalDirectories(ParsedLine line, CommandContext context) =>
        HearthDirectories.Resolve(line.GetValue(StateDirectory), line.GetValue(RunDirectory), context.Environment.Find);
}
