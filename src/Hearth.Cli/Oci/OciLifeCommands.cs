using System.CommandLine;
using System.Globalization;
using Hearth.Cli.CommandLine;
using Hearth.Cli.Rendering;
using Hearth.Cli.Values;
using Hearth.OciRuntime;

namespace Hearth.Cli.Oci;

/// <summary>The commands of the OCI runtime on a container that is there.</summary>
internal sealed class OciLifeCommands(CommandContext context, OciCommands oci)
{
    public IEnumerable<HearthCommand> Create() =>
    [
        Simple("start", "Start the process of a container that was created", (runtime, id) => runtime.StartAsync(id)),
        CreateState(),
        CreateKill(),
        CreateDelete(),
        CreateList(),
        CreateProcesses(),
        Simple("pause", "Have a container's processors stand still", (runtime, id) => runtime.PauseAsync(id)),
        Simple("resume", "Let a paused container go on", (runtime, id) => runtime.ResumeAsync(id)),
    ];

    private HearthCommand Simple(string name, string summary, Func<EngineRuntime, string, Task> act)
    {
        Argument<string> id = new("CONTAINER");
        HearthCommand command = new(name, summary) { Usage = "CONTAINER" };
        command.Arguments.Add(id);
        command.SetAction((line, _) => oci.RunAsync(line, async runtime =>
        {
            await act(runtime, line.GetValue(id)!);
            return 0;
        }));
        return command;
    }

    private HearthCommand CreateState() => Simple("state", "Write a container's state as JSON", (runtime, id) =>
    {
        JsonOutput.Write(context.Output, runtime.State(id), OciJson.Default.EngineState);
        return Task.CompletedTask;
    });

    private HearthCommand CreateKill()
    {
        Argument<string> id = new("CONTAINER");
        Argument<string?> signal = new("SIGNAL") { Arity = ArgumentArity.ZeroOrOne };
        Option<bool> all = Flag.Switch("--all", "to all processes of the container", "-a");
        HearthCommand command = new HearthCommand("kill", "Send a signal to a container's process (default SIGTERM); 0 only asks whether it runs") { Usage = "[FLAGS] CONTAINER [SIGNAL]" }.WithFlags("Flags", all);
        command.Arguments.Add(id);
        command.Arguments.Add(signal);
        command.SetAction((line, _) => oci.RunAsync(line, async runtime =>
        {
            string text = line.GetValue(signal) ?? "TERM";
            await runtime.KillAsync(line.GetValue(id)!, text == "0" ? 0 : SignalNames.Parse(text), line.GetValue(all));
            return 0;
        }));
        return command;
    }

    private HearthCommand CreateDelete()
    {
        Argument<string> id = new("CONTAINER");
        Option<bool> force = Flag.Switch("--force", "end it first; no container is no failure", "-f");
        HearthCommand command = new HearthCommand("delete", "Take away what is left of a container") { Usage = "[FLAGS] CONTAINER" }.WithFlags("Flags", force);
        command.Arguments.Add(id);
        command.SetAction((line, _) => oci.RunAsync(line, async runtime =>
        {
            await runtime.DeleteAsync(line.GetValue(id)!, line.GetValue(force));
            return 0;
        }));
        return command;
    }

    private HearthCommand CreateList()
    {
        Option<OutputFormat> format = Format();
        Option<bool> quiet = Flag.Switch("--quiet", "only the ids", "-q");
        HearthCommand command = new HearthCommand("list", "List the containers") { Usage = "[FLAGS]" }.WithFlags("Flags", format, quiet);
        command.SetAction((line, _) => oci.RunAsync(line, runtime =>
        {
            WriteList(runtime.List(), line.GetValue(quiet), line.GetValue(format));
            return Task.FromResult(0);
        }));
        return command;
    }

    private void WriteList(IReadOnlyList<EngineState> states, bool isQuiet, OutputFormat format)
    {
        if (isQuiet)
        {
            states.ToList().ForEach(state => context.Output.WriteLine(state.Id));
        }
        else if (format == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, states, OciJson.Default.IReadOnlyListEngineState);
        }
        else
        {
            TextTable.Write(
                context.Output,
                ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"],
                [
                    .. states.Select(state => (string[])
                    [
                        state.Id, state.Pid.ToString(CultureInfo.InvariantCulture), state.Status, state.Bundle, state.Created.ToString("O", CultureInfo.InvariantCulture), state.Owner,
                    ]),
                ]);
        }
    }

    private HearthCommand CreateProcesses()
    {
        Argument<string> id = new("CONTAINER");
        Argument<string[]> options = new("OPTION") { Arity = ArgumentArity.ZeroOrMore };
        Option<OutputFormat> format = Format();
        HearthCommand command = new HearthCommand("ps", "List the host's processes of a container: its keeper and its machine")
        {
            Usage = "[FLAGS] CONTAINER",
            FlagsEndAtFirstArgument = true,
        }.WithFlags("Flags", format);
        command.Arguments.Add(id);
        command.Arguments.Add(options);
        command.SetAction((line, _) => oci.RunAsync(line, runtime =>
        {
            IReadOnlyList<int> processes = runtime.Processes(line.GetValue(id)!);
            if (line.GetValue(format) == OutputFormat.Json)
            {
                JsonOutput.Write(context.Output, processes, OciJson.Default.IReadOnlyListInt32);
            }
            else
            {
                TextTable.Write(context.Output, ["PID"], [.. processes.Select(pid => (string[])[pid.ToString(CultureInfo.InvariantCulture)])]);
            }

            return Task.FromResult(0);
        }));
        return command;
    }

    private static Option<OutputFormat> Format()
    {
        Option<OutputFormat> format = Commands.CommonFlags.Format();
        format.Aliases.Add("-f");
        return format;
    }
}
