using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.ControlGroups;
using Hearth.Machines;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Limits;

/// <summary>
/// A run's membership in its container's control group: this process joins before it starts the VMM, and leaves after the VMM
/// has ended.
/// </summary>
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

    /// <summary>Whether the host's kernel has killed the VMM or another process because the group ran out of memory.</summary>
    public bool RanOutOfMemory => group.OomKills > 0;

    /// <summary>A short description for reports.</summary>
    public string Description => group.Directories.Count == 0
        ? "no control group"
        : $"control group limits: {MemoryInMebibytes} MiB, {limits.Tasks} tasks";

    private int? MemoryInMebibytes => limits.MemoryInBytes is long bytes ? new ByteSize(bytes).Mebibytes : null;

    /// <summary>1. Records the group's directories. 2. Creates the group with its limits. 3. Moves this process into it.</summary>
    /// <param name="setup">The run's data: its description contains the limits, and the group's path if an engine names one.</param>
    /// <param name="machine">The machine, configured but not booted.</param>
    /// <exception cref="HearthException">A requested limit cannot be set; the group is removed again.</exception>
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

    /// <summary>Changes limits; limits that are omitted stay unchanged.</summary>
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

    /// <exception cref="HearthException">A process is still in the group.</exception>
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
