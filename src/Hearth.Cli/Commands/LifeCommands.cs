using System.Globalization;
using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Linux.Processes;

namespace Hearth.Cli.Commands;

/// <summary>The commands that move containers from one state to another, with docker's names, flags and output.</summary>
internal sealed class LifeCommands(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string[]> references = Argument.OneOrMore("CONTAINER");

    public Command CreateKill()
    {
        Flag<string?> signal = Flag.Text("--signal", "SIGNAL", "signal to send, by name or number (default KILL)", "-s");
        Command command = OfContainers("kill", "Send a signal to containers", ("hearth kill -s HUP web", "let it reload its configuration"))
            .WithFlags("Flags", signal);
        return WithAction(command, (service, line) =>
        {
            int number = line.GetValue(signal) is { } text ? CommonFlags.Parsed(() => SignalNames.Parse(text)) : SignalNumber.Kill;
            return container => service.KillAsync(container.Id, number);
        });
    }

    public Command CreateStop()
    {
        StopFlags flags = new();
        Command command = OfContainers("stop", "Stop containers: send the stop signal, then SIGKILL", ("hearth stop -t 30 web", "SIGKILL after half a minute"))
            .WithFlags("Flags", flags.All);
        return WithAction(command, (service, line) =>
        {
            (TimeSpan? timeout, int? signal) = CommonFlags.Parsed(() => flags.Read(line));
            return container => service.StopAsync(container.Id, timeout, signal);
        });
    }

    public Command CreateRestart()
    {
        StopFlags flags = new();
        Command command = OfContainers("restart", "Restart containers", ("hearth restart web", "rereads its directory"))
            .WithFlags("Flags", flags.All);
        return WithAction(command, (service, line) =>
        {
            (TimeSpan? timeout, int? signal) = CommonFlags.Parsed(() => flags.Read(line));
            return container => service.RestartAsync(container.Id, timeout, signal, context.Show);
        });
    }

    public Command CreatePause() => WithAction(
        OfContainers("pause", "Suspend all processes of containers", ("hearth pause web", "its memory is preserved")),
        (service, _) => container => service.PauseAsync(container.Id));

    public Command CreateUnpause() => WithAction(
        OfContainers("unpause", "Resume all processes of paused containers", ("hearth unpause web", "it continues")),
        (service, _) => container => service.ResumeAsync(container.Id));

    public Command CreateWait() => OfContainers("wait", "Wait until containers exit, and print their exit codes", ("hearth wait web", "0"))
        .WithAction((line, cancellationToken) => ContainerCommands.AttemptAsync(context, async () =>
        {
            IContainers service = ContainerCommands.Open(context, global, line);
            int exitCode = 0;
            foreach (string reference in line.GetValue(references))
            {
                try
                {
                    int status = await service.WaitAsync(await service.FindIdAsync(reference, cancellationToken), cancellationToken);
                    await context.Output.WriteLineAsync(status.ToString(CultureInfo.InvariantCulture));
                }
                catch (HearthException failure)
                {
                    await context.Error.WriteLineAsync($"hearth: {failure.Message}");
                    exitCode = 1;
                }
            }

            return exitCode;
        }));

    public Command CreateRemove()
    {
        Flag<bool> force = Flag.Switch("--force", "remove also if it is running (SIGKILL)", "-f");
        Flag<bool> volumes = Flag.Switch("--volumes", "remove their anonymous volumes too", "-v");
        Flag<bool> link = Flag.Switch("--link", "", "-l").Hidden();
        return OfContainers("rm", "Remove containers with their logs and scratch disks", ("hearth rm -f web", "running or not"))
            .WithFlags("Flags", force, volumes, link)
            .WithAction(line => ContainerCommands.AttemptAsync(context, () =>
            {
                if (line.GetValue(link))
                {
                    throw new UsageException("cannot use --link: there are no links, since containers of one network know each other by name; use 'hearth network disconnect'");
                }

                IContainers service = ContainerCommands.Open(context, global, line);
                return NamedRemoval.RunAsync(context, line.GetValue(references), async reference =>
                    await service.RemoveAsync(await service.FindIdAsync(reference), line.GetValue(force), line.GetValue(volumes)));
            }));
    }

    public Command CreateRename()
    {
        Argument<string> container = Argument.One("CONTAINER");
        Argument<string> name = Argument.One("NAME");
        return new Command("rename", "Rename a container")
        {
            Usage = "CONTAINER NAME",
            Examples = [("hearth rename web web-old", "running or not")],
        }.WithArguments(container, name)
            .WithAction(line => ContainerCommands.AttemptAsync(context, async () =>
            {
                IContainers service = ContainerCommands.Open(context, global, line);
                await service.RenameAsync(await service.FindIdAsync(line.GetValue(container)), line.GetValue(name));
                return 0;
            }));
    }

    private Command OfContainers(string name, string summary, (string Line, string Meaning) example) =>
        new Command(name, summary) { Usage = "[FLAGS] CONTAINER [CONTAINER...]", Examples = [example] }.WithArguments(references);

    private Command WithAction(Command command, Func<IContainers, ParsedLine, Func<Container, Task>> act) =>
        command.WithAction(line => ContainerCommands.AttemptAsync(context, () =>
        {
            IContainers service = ContainerCommands.Open(context, global, line);
            return ContainerCommands.ForEachAsync(context, service, line.GetValue(references), act(service, line));
        }));

    /// <summary>How to stop; null for the container's own settings.</summary>
    private sealed class StopFlags
    {
        private readonly Flag<string?> time = Flag.Text("--time", "SECONDS", "seconds to wait before SIGKILL; -1 for no limit (default the\ncontainer's)", "-t").AlsoNamed("--timeout");

        private readonly Flag<string?> signal = Flag.Text("--signal", "SIGNAL", "signal to send first (default the container's)", "-s");

        public Flag[] All => [time, signal];

        public (TimeSpan? Timeout, int? Signal) Read(ParsedLine line) => (
            line.GetValue(time) is { } seconds ? TimeSpan.FromSeconds(ContainerFlags.ParseSeconds(seconds)) : null,
            line.GetValue(signal) is { } name ? SignalNames.Parse(name) : null);
    }
}
