using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.OciRuntime;

/// <summary>A container's state for engines: the members of the specification, and those that runc adds.</summary>
public sealed record EngineState(string OciVersion, string Id, int Pid, string Status, string Bundle, string Rootfs, DateTimeOffset Created, string Owner)
{
    /// <summary>Null if there are none.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    internal static EngineState Of(Container container)
    {
        ContainerSpec spec = container.Description.Spec;
        return new EngineState(
            spec.OciVersion,
            container.Name,
            container.State.IsHeld ? container.State.Keeper!.Pid : 0,
            StatusOf(container.State),
            container.Description.Engine?.Bundle ?? "",
            spec.Root!.Path,
            container.Description.Created,
            "root")
        {
            Annotations = spec.Annotations.Count > 0 ? spec.Annotations : null,
        };
    }

    /// <summary>The state that hooks receive.</summary>
    internal StateSpec ToSpec(string status) => new()
    {
        OciVersion = OciVersion, Id = Id, Status = status, Pid = Pid, Bundle = Bundle, Annotations = Annotations ?? new Dictionary<string, string>(),
    };

    private static string StatusOf(ContainerState state) => (state.IsHeld, state.Status) switch
    {
        (true, ContainerStatus.Created) => "created",
        (true, ContainerStatus.Running) => "running",
        (true, ContainerStatus.Paused) => "paused",
        _ => "stopped",
    };
}
