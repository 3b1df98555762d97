using System.Runtime.CompilerServices;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.ControlGroups;
using Hearth.Records.Events;
using Hearth.Records.Recovery;

namespace Hearth.OciRuntime;

/// <summary>A container's usage of host resources, and its limits.</summary>
public sealed partial class EngineRuntime
{
    /// <summary>Reads the resource usage of a container's VMM and keeper.</summary>
    /// <exception cref="HearthException">The container does not run.</exception>
    public GroupStatistics Statistics(string id) => GroupOf(FindRunning(id)).ReadStatistics();

    /// <summary>
    /// Returns the time of each future out-of-memory kill of a container's process, until the container has ended.
    /// </summary>
    /// <exception cref="HearthException">The container does not run, or the journal of events cannot be read.</exception>
    public async IAsyncEnumerable<DateTimeOffset> WatchOutOfMemoryAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        EventQuery query = new()
        {
            OnlyNew = true,
            Follow = true,
            Filter = EventFilter.Parse([$"container={FindRunning(id).Id}", $"event={EventAction.OutOfMemory}", $"event={EventAction.Die}"]),
        };
        await foreach (ContainerEvent happened in new EventJournal(directories, clock).ReadAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (happened.Action == EventAction.Die)
            {
                yield break;
            }

            yield return happened.Time;
        }
    }

    /// <summary>Changes limits: CPU time, CPUs and disk requests on the host, memory and processes in the guest.</summary>
    /// <exception cref="HearthException">The container does not run, a limit cannot be changed, or its machine has less memory.</exception>
    public Task UpdateAsync(string id, ResourcesSpec resources) => service.UpdateAsync(FindRunning(id).Id, resources);

    private ContainerGroup GroupOf(Container container)
    {
        string file = Path.Combine(directories.Containers, container.Id, RunDirectory.ResourcesFile);
        RunResources? resources = File.Exists(file) ? RunResources.Parse(File.ReadAllBytes(file)) : null;
        return HostControlGroups.Detect(clock).Open(resources?.ControlGroups ?? []);
    }
}
