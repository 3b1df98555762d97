namespace Hearth.OciRuntime.Bundles;

/// <summary>The points of a container's life at which hooks run (runtime-spec, config.md), in their order.</summary>
internal enum HookPoint
{
    /// <summary>In <c>create</c>, when the machine waits and before anything of the workload runs; deprecated in favour of the next two.</summary>
    Prestart,

    /// <summary>In <c>create</c>, after <see cref="Prestart"/>.</summary>
    CreateRuntime,

    /// <summary>In <c>create</c>, after <see cref="CreateRuntime"/>. There is no mount namespace of the container's on the host: it runs in the runtime's.</summary>
    CreateContainer,

    /// <summary>In <c>start</c>, before the workload. The specification has it run in the container; here it runs on the host as the others do.</summary>
    StartContainer,

    /// <summary>In <c>start</c>, when the workload runs.</summary>
    Poststart,

    /// <summary>In <c>delete</c>, when all is gone.</summary>
    Poststop,
}
