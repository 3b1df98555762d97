using Hearth.Runtime.Containers;
using Hearth.Runtime.Resources;
using Hearth.Runtime.Specification;
using Hearth.Runtime.State;

namespace Hearth.Runtime.Engines;

/// <summary>What a container uses of the host, and what it may.</summary>
public sealed partial class EngineRuntime
{
    /// <summary>What a container's VMM and keeper have used.</summary>
    /// <exception cref="RuntimeException">It does not run.</exception>
    public GroupStatistics Statistics(string id) => GroupOf(FindRunning(id)).ReadStatistics();

    /// <summary>Changes limits that the host keeps: processor time, processors, requests to disks.</summary>
    /// <exception cref="RuntimeException">It does not run, or a limit cannot be changed.</exception>
    public void Update(string id, ResourcesSpec resources)
    {
        Container container = FindRunning(id);
        if (resources.Memory?.Limit is > 0 && resources.Memory.Limit != container.Config.Request.Spec.Linux?.Resources?.Memory?.Limit)
        {
            warn("the memory of a machine that runs stays as it is");
        }

        GroupOf(container).Update(ResourceLimits.OfRequest(resources));
    }

    private ContainerGroup GroupOf(Container container)
    {
        string file = Path.Combine(directories.Containers, container.Id, ContainerDirectory.TracesFile);
        ContainerTraces? traces = File.Exists(file) ? ContainerTraces.Parse(File.ReadAllBytes(file)) : null;
        return ControlGroups.Detect(clock).Open(traces?.ControlGroups ?? []);
    }
}
