using System.Globalization;
using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Keeper.Diagnosis;
using Hearth.Records;
using Hearth.Remote;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth system</c>: what Hearth stores on this host.</summary>
internal sealed class SystemCommands(CommandContext context, GlobalFlags global)
{
    private readonly Flag<string?> useFormat = Flag.Text("--format", "FORMAT", "table, json (one object a line), or a template");
    private readonly Flag<bool> verbose = Flag.Switch("--verbose", "each image, container and volume", "-v");
    private readonly Flag<string?> infoFormat = Flag.Text("--format", "FORMAT", "json (default: plain text)");
    private readonly CacheFlags cache = new(context, global);

    public Command Create() => new Command("system", "Show and remove what Hearth stores on this host") { Usage = "COMMAND" }
        .WithCommands(CreateUse(), new SystemPruneCommand(context, global).Create(), CreateStop(), CreateInfo());

    private Command CreateUse() => new Command("df", "Show disk usage")
    {
        Usage = "[FLAGS]",
        Examples = [("hearth system df", "before 'hearth system prune'")],
    }.WithFlags("Flags", useFormat, verbose)
        .WithAction(line => ContainerCommands.AttemptAsync(context, async () =>
        {
            if (line.GetValue(verbose) && line.IsGiven(useFormat))
            {
                throw new UsageException("the verbose and the format options conflict");
            }

            if (line.GetValue(verbose))
            {
                await new DiskUseDetails(context, global).ShowAsync(line);
                return 0;
            }

            UseRow[] rows = [.. (await ReadUsesAsync(line)).Select(UseRow.Of)];
            RowOutput.Write(context.Output, line.GetValue(useFormat), ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"], rows,
                row => [row.Type, row.TotalCount, row.Active, row.Size, row.Reclaimable], OutputJson.Lines.UseRow);
            return 0;
        }));

    private async Task<IReadOnlyList<DiskUse>> ReadUsesAsync(ParsedLine line)
    {
        if (global.FindHost(line, context) is { } access)
        {
            using WorkerConnection worker = new(access);
            return await new RemoteSystem(worker).ReadDiskUsesAsync();
        }

        return ContainerCommands.OpenHere(context, global, line).DiskUses(cache.Open(line));
    }

    private Command CreateStop() => new Command("stop", "Stop all containers, as before a shutdown of the host")
    {
        Usage = "",
        Details = """
            Each gets its stop signal, and SIGKILL after its own timeout. Restart policies still apply: a
            hearthd that runs, or the next one, starts those containers again.
            """,
        Examples = [("hearth system stop", "at the host's shutdown, after the end of hearthd")],
    }.WithAction(line => ContainerCommands.AttemptAsync(context, () => StopAsync(line)));

    private async Task<int> StopAsync(ParsedLine line)
    {
        ContainerService service = ContainerCommands.OpenHere(context, global, line);
        bool[] stopped = await Task.WhenAll(service.List().Where(container => container.State.IsHeld).Select(TryStopAsync));
        return stopped.All(isStopped => isStopped) ? 0 : 1;

        async Task<bool> TryStopAsync(Container container)
        {
            try
            {
                await service.StopForRestartAsync(container.Id);
                return true;
            }
            catch (HearthException failure) when (failure.Error != HearthError.ContainerUnknown)
            {
                await context.Error.WriteLineAsync($"hearth: {failure.Message}");
                return false;
            }
        }
    }

    private Command CreateInfo() => new Command("info", "Show information about Hearth and this host")
    {
        Usage = "[FLAGS]",
        Examples = [("hearth system info --format json", "for programs")],
    }.WithFlags("Flags", infoFormat)
        .WithAction(line => ContainerCommands.AttemptAsync(context, async () =>
        {
            SystemView view = await ReadSystemAsync(line);
            if (line.GetValue(infoFormat) is null)
            {
                Write(view);
            }
            else
            {
                JsonOutput.Write(context.Output, view, OutputJson.Views.SystemView);
            }

            return 0;
        }));

    private async Task<SystemView> ReadSystemAsync(ParsedLine line)
    {
        if (global.FindHost(line, context) is { } access)
        {
            using WorkerConnection worker = new(access);
            return SystemView.Of(await new RemoteSystem(worker).ReadAsync(), warnings: []);
        }

        SystemInformation system = ContainerCommands.OpenHere(context, global, line).ReadSystem(HearthProgram.Version);
        IReadOnlyList<HostNeed> needs = new HostInspection(global.Directories(line, context), context.Environment).Inspect();
        return SystemView.Of(
            system,
            [.. needs.Where(need => need.State != NeedState.Met).Select(need => $"{need.Name}: {need.Finding}")]);
    }

    private void Write(SystemView view)
    {
        (string Name, string Value)[] lines =
        [
            ("Version", view.ServerVersion),
            ("Containers", string.Create(CultureInfo.InvariantCulture, $"{view.Containers}")),
            (" Running", string.Create(CultureInfo.InvariantCulture, $"{view.ContainersRunning}")),
            (" Paused", string.Create(CultureInfo.InvariantCulture, $"{view.ContainersPaused}")),
            (" Stopped", string.Create(CultureInfo.InvariantCulture, $"{view.ContainersStopped}")),
            ("State Directory", view.StateDirectory),
            ("Run Directory", view.RunDirectory),
            ("Operating System", view.OperatingSystem),
            ("CPUs", string.Create(CultureInfo.InvariantCulture, $"{view.NCPU}")),
            ("Total Memory", $"{new ByteSize(view.MemTotal)}"),
        ];
        foreach ((string name, string value) in lines)
        {
            context.Output.WriteLine($"{name}: {value}");
        }

        foreach (string warning in view.Warnings)
        {
            context.Error.WriteLine($"WARNING: {warning}; see 'hearth doctor'");
        }
    }
}
