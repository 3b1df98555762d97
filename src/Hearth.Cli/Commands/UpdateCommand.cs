using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth update</c>: changes limits of containers.</summary>
internal sealed class UpdateCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string[]> references = Argument.OneOrMore("CONTAINER");
    private readonly Flag<ByteSize?> memory = Flag.Size("--memory", "memory limit", "-m");
    private readonly Flag<double?> cpus = Flag.Number("--cpus", "number of processors, such as 1.5");

    public Command Create() => new Command("update", "Change the limits of containers")
    {
        Usage = "FLAGS CONTAINER [CONTAINER...]",
        Details = """
            A running container gets them at once, up to what its machine was started with. Larger limits
            apply from its next start.
            """,
        Examples = [("hearth update --memory 256m web", "less than it was started with")],
    }.WithFlags("Flags", memory, cpus).WithArguments(references)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => UpdateAsync(line)));

    private Task<int> UpdateAsync(ParsedLine line)
    {
        ByteSize? bytes = line.GetValue(memory);
        double? processors = line.GetValue(cpus);
        if (bytes is null && processors is null)
        {
            throw new UsageException("nothing to change: give --memory or --cpus");
        }

        if (processors <= 0)
        {
            throw new UsageException("invalid argument for \"--cpus\" flag: must be more than 0");
        }

        ResourcesSpec change = new()
        {
            Memory = bytes is { } limit ? new MemorySpec { Limit = limit.Bytes } : null,
            Cpu = processors is { } count ? CpuSpec.OfProcessors(count) : null,
        };
        IContainers service = ContainerCommands.Open(context, global, line);
        return ContainerCommands.ForEachAsync(context, service, line.GetValue(references), container => service.UpdateAsync(container.Id, change));
    }
}
