using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.ControlGroups;
using Hearth.Machines;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Limits;

/// <summary>A run's stay in its container's control group: this process joins it before it starts the VMM, and leaves it when that is gone.</summary>
internal sealed class RunGroup : IDisposable
{
    private readonly ContainerGroup group;
    private readonly ResourceLimits limits;

    private RunGroup(ContainerGroup group, ResourceLimits limits)
    {
        this.group = group;
        this.limits = limits;
    }

    public IReadOnlyList<string> Warnings => group.Warnings;

    /// <summary>Whether the host's kernel has killed the VMM, or what else is large, since the group's memory had run out.</summary>
    public bool RanOutOfMemory => group.OomKills > 0;

    /// <summary>A few words for reports.</summary>
    public string Description => group.Directories.Count == 0
        ? "no control group"
        : $"control group limits: {MemoryInMebibytes} MiB, {limits.Tasks} tasks";

    private int? MemoryInMebibytes => limits.MemoryInBytes is long bytes ? new ByteSize(bytes).Mebibytes : null;

    /// <summary>1. Writes down what will be made. 2. Makes the group with its limits. 3. Puts this process into it.</summary>
    /// <param name="setup">The run's: its description has the limits, and the group's place where an engine names one.</param>
    /// <param name="machine">Configured, not booted.</param>
    /// <exception cref="HearthException">A limit that was asked for cannot be set; nothing is left.</exception>
    public static RunGroup Join(RunSetup setup, IMachine machine)
    {
        try
        {
            return MakeAndJoin(setup, machine);
        }
        catch (ControlGroupException failure)
        {
            throw GroupFailures.Translate(failure);
        }
    }

    /// <summary>Sets other limits; what they leave out stays.</summary>
    /// <exception cref="HearthException">One of them cannot be set.</exception>
    public void Update(ResourcesSpec resources)
    {
        try
        {
            group.Update(RequestedLimits.OfRequest(resources));
        }
        catch (ControlGroupException failure)
        {
            throw GroupFailures.Translate(failure);
        }
    }

    /// <exception cref="HearthException">Something is still in the group.</exception>
    public void Dispose()
    {
        try
        {
            group.Leave();
            group.Remove();
        }
        catch (ControlGroupException failure)
        {
            throw GroupFailures.Translate(failure);
        }
    }

    private static RunGroup MakeAndJoin(RunSetup setup, IMachine machine)
    {
        HostControlGroups host = HostControlGroups.Detect(setup.Context.Clock);
        GroupPlace place = setup.Description.Spec.Linux?.CgroupsPath is { Length: > 0 } path
            ? GroupPlace.Of(path)
            : GroupPlace.Beneath(setup.Description.ControlGroupParent, setup.Directory.Id.ToString(), setup.Context.Environment.Find);
        ResourceLimits limits = RequestedLimits.Of(setup.Description.Spec.Linux?.Resources, setup.Shape.MemoryInMebibytes, setup.Shape.VirtualCpus, machine.OverheadInMiB);
        setup.Directory.Update(setup.Directory.Resources with { ControlGroups = host.DirectoriesOf(place) });
        ContainerGroup group = host.Create(place, limits);
        try
        {
            group.AddProcess(Environment.ProcessId);
            return new RunGroup(group, limits);
        }
        catch
        {
            group.Leave();
            group.Remove();
            throw;
        }
    }
}
