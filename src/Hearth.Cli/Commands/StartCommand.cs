using Hearth.Client;
using Hearth.Client.Attachment;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Reports;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth start</c> and <c>hearth attach</c>.</summary>
internal sealed class StartCommand(CommandContext context, GlobalFlags global)
{
    private readonly Flag<bool> attach = Flag.Switch("--attach", "attach output and forward signals", "-a");
    private readonly Flag<bool> interactive = Flag.Switch("--interactive", "attach standard input, if the container was created with -i", "-i");
    private readonly Flag<bool> noInput = Flag.Switch("--no-stdin", "do not attach standard input");

    public Command CreateStart()
    {
        Argument<string[]> references = Argument.OneOrMore("CONTAINER");
        Flag<string?> detachKeys = CommonFlags.DetachKeys();
        Flag<bool> signalProxy = CommonFlags.SignalProxy();
        return new Command("start", "Start created or stopped containers")
        {
            Usage = "[FLAGS] CONTAINER [CONTAINER...]",
            Details = """
                Reads the directory as it is at start. What the container wrote earlier remains only on a
                scratch disk (--scratch). With -a, the exit code is that of the container's command.
                """,
            Examples = [("hearth start web", "in the background"), ("hearth start -ai shell", "with its terminal")],
        }.WithFlags("Flags", attach, interactive, detachKeys, signalProxy).WithArguments(references)
            .WithAction(line => ContainerCommands.AttemptAsync(context, async () =>
            {
                IContainers service = ContainerCommands.Open(context, global, line);
                string[] named = line.GetValue(references);
                if (!line.GetValue(attach) && !line.GetValue(interactive))
                {
                    return await ContainerCommands.ForEachAsync(
                        context, service, named, container => service.StartAsync(container.Id, context.Show, new StartTiming(context.StartTimestamp)));
                }

                if (named.Length > 1)
                {
                    throw new UsageException("only one container can be attached to at a time");
                }

                Container container = (await service.FindAsync(named[0])).Container;
                return await CarryAsync(container, line.GetValue(interactive), CommonFlags.ReadDetachKeys(line, detachKeys), line.GetValue(signalProxy),
                    attachment => service.StartAttachedAsync(container.Id, attachment, new StartTiming(context.StartTimestamp)));
            }));
    }

    public Command CreateAttach()
    {
        Argument<string> reference = Argument.One("CONTAINER");
        Flag<string?> detachKeys = CommonFlags.DetachKeys();
        Flag<bool> signalProxy = CommonFlags.SignalProxy();
        return new Command("attach", "Attach to a running container's input and output")
        {
            Usage = "[FLAGS] CONTAINER",
            Details = """
                Shows what the container writes from now on; 'hearth logs' shows what it wrote before. In a
                terminal, ctrl-p ctrl-q detaches, and the container continues.
                """,
            Examples = [("hearth attach web", "until it exits, or the detach keys are typed")],
        }.WithFlags("Flags", noInput, detachKeys, signalProxy).WithArguments(reference)
            .WithAction(line => ContainerCommands.AttemptAsync(context, async () =>
            {
                IContainers service = ContainerCommands.Open(context, global, line);
                Container container = (await service.FindAsync(line.GetValue(reference))).Container;
                return await CarryAsync(container, !line.GetValue(noInput), CommonFlags.ReadDetachKeys(line, detachKeys), line.GetValue(signalProxy),
                    attachment => service.AttachAsync(container.Id, attachment));
            }));
    }

    private async Task<int> CarryAsync(
        Container container, bool wantsInput, string detachKeys, bool passesSignals, Func<ClientAttachment, Task<RunOutcome?>> carry)
    {
        ContainerDescription description = container.Description;
        using CallerStreams caller = CallerStreams.Open(context, wantsInput && description.Interactive, description.Spec.Process!.Terminal);
        caller.RequireTerminal();
        RunOutcome? outcome = await carry(caller.Attach(detachKeys, passesSignals));
        context.Show(outcome?.Diagnostics ?? []);

        if (outcome?.Failure is { } failure)
        {
            await context.Error.WriteLineAsync($"hearth: {failure.Message}");
        }

        return outcome?.ExitCode ?? 0;
    }
}
