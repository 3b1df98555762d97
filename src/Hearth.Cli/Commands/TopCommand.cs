using System.Globalization;
using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Templates;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth top</c>: the processes of a container.</summary>
internal sealed class TopCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> reference = Argument.One("CONTAINER");

    public Command Create() => new Command("top", "List the processes of a running container")
    {
        Usage = "CONTAINER",
        Examples = [("hearth top web", "as ps -ef in the container")],
    }.WithArguments(reference)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => ShowAsync(line)));

    private async Task<int> ShowAsync(ParsedLine line)
    {
        IContainers service = ContainerCommands.OpenAsIs(context, global, line);
        ProcessList list = await service.ProcessesAsync(await service.FindIdAsync(line.GetValue(reference)));
        TextTable.Write(context.Output, ["UID", "PID", "PPID", "STIME", "TTY", "TIME", "RSS", "CMD"], [.. list.Processes.Select(Row)]);
        if (list.IsTruncated)
        {
            context.Warn("there are more processes than are shown");
        }

        return 0;
    }

    private IReadOnlyList<string> Row(ContainerProcess process)
    {
        DateTimeOffset start = DateTimeOffset.UnixEpoch.AddTicks(process.StartUnixNanoseconds / 100);
        bool isRecent = context.Clock.GetUtcNow() - start < TimeSpan.FromDays(1);
        return
        [
            process.UserId.ToString(CultureInfo.InvariantCulture),
            process.Pid.ToString(CultureInfo.InvariantCulture),
            process.ParentPid.ToString(CultureInfo.InvariantCulture),
            start.ToString(isRecent ? "HH:mm" : "MMMdd", CultureInfo.InvariantCulture),
            process.Terminal ?? "?",
            TimeSpan.FromMilliseconds(process.CpuTimeMs).ToString("hh':'mm':'ss", CultureInfo.InvariantCulture),
            $"{new ByteSize(process.ResidentBytes)}",
            process.Command,
        ];
    }
}
