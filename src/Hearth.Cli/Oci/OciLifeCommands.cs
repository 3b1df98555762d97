using System.Globalization;
using Hearth.Cli.Commands;
using Hearth.CommandLine;
using Hearth.Linux.Processes;
using Hearth.OciRuntime;
using Hearth.Rendering;
using Hearth.Templates;

namespace Hearth.Cli.Oci;

/// <summary>The commands of the OCI runtime on an existing container.</summary>
internal sealed class OciLifeCommands(CommandContext context, OciCommands oci)
{
    public IEnumerable<Command> Create() =>
    [
        Simple("start", "Start the process of a created container", (runtime, id) => runtime.StartAsync(id)),
        CreateState(),
        CreateKill(),
        CreateDelete(),
        CreateList(),
        CreateProcesses(),
        Simple("pause", "Suspend all processes of a container", (runtime, id) => runtime.PauseAsync(id)),
        Simple("resume", "Resume all processes of a paused container", (runtime, id) => runtime.ResumeAsync(id)),
    ];

    private Command Simple(string name, string summary, Func<EngineRuntime, string, Task> act)
    {
        Argument<string> id = Argument.One("CONTAINER");
        return new Command(name, summary) { Usage = "CONTAINER" }.WithArguments(id)
            .WithAction((line, _) => oci.RunAsync(line, async runtime =>
        {
            await act(runtime, line.GetValue(id));
            return 0;
        }));
    }

    private Command CreateState() => Simple("state", "Print the state of a container, as JSON", (runtime, id) =>
    {
        JsonOutput.Write(context.Output, runtime.State(id), OciJson.Default.EngineState);
        return Task.CompletedTask;
    });

    private Command CreateKill()
    {
        Argument<string> id = Argument.One("CONTAINER");
        Argument<string?> signal = Argument.Optional("SIGNAL");
        Flag<bool> all = Flag.Switch("--all", "send it to all processes of the container", "-a");
        return new Command("kill", "Send a signal to a container's process (default SIGTERM); 0 only checks whether it runs") { Usage = "[FLAGS] CONTAINER [SIGNAL]" }.WithFlags("Flags", all).WithArguments(id, signal)
            .WithAction(line => oci.RunAsync(line, async runtime =>
            {
                string text = line.GetValue(signal) ?? "TERM";
                await runtime.KillAsync(line.GetValue(id), text == "0" ? 0 : SignalNames.Parse(text), line.GetValue(all));
                return 0;
            }));
    }

    private Command CreateDelete()
    {
        Argument<string> id = Argument.One("CONTAINER");
        Flag<bool> force = Flag.Switch("--force", "kill it first; a missing container is not an error", "-f");
        return new Command("delete", "Delete a stopped container") { Usage = "[FLAGS] CONTAINER" }.WithFlags("Flags", force).WithArguments(id)
            .WithAction(line => oci.RunAsync(line, async runtime =>
            {
                await runtime.DeleteAsync(line.GetValue(id), line.GetValue(force));
                return 0;
            }));
    }

    private Command CreateList()
    {
        Flag<OutputFormat> format = CommonFlags.Format("-f");
        Flag<bool> quiet = Flag.Switch("--quiet", "print only ids", "-q");
        return new Command("list", "List containers") { Usage = "[FLAGS]" }.WithFlags("Flags", format, quiet)
            .WithAction(line => oci.RunAsync(line, runtime =>
            {
                WriteList(runtime.List(), line.GetValue(quiet), line.GetValue(format));
                return Task.FromResult(0);
            }));
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

    private Command CreateProcesses()
    {
        Argument<string> id = Argument.One("CONTAINER");
        Argument<string[]> options = Argument.Any("OPTION");
        Flag<OutputFormat> format = CommonFlags.Format("-f");
        return new Command("ps", "List the host's processes of a container: keeper and VMM")
        {
            Usage = "[FLAGS] CONTAINER",
            FlagsEndAtFirstArgument = true,
        }.WithFlags("Flags", format).WithArguments(id, options)
            .WithAction(line => oci.RunAsync(line, runtime =>
            {
                IReadOnlyList<int> processes = runtime.Processes(line.GetValue(id));
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
    }
}
