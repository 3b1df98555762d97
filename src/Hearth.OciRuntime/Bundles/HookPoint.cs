namespace Hearth.OciRuntime.Bundles;

/// <summary>The points of a container's life at which hooks run (runtime-spec, config.md), in chronological order.</summary>
internal enum HookPoint
{
    /// <summary>In <c>create</c>, when the machine runs and the workload does not yet. Deprecated in favour of the next two.</summary>
    Prestart,

    /// <summary>In <c>create</c>, after <see cref="Prestart"/>.</summary>
    CreateRuntime,

    /// <summary>
    /// In <c>create</c>, after <see cref="CreateRuntime"/>. It runs in the runtime's mount namespace, since the container has none on the
    /// host.
    /// </summary>
    CreateContainer,

    /// <summary>
    /// In <c>start</c>, before the workload. The specification requires it to run in the container; here it runs on the host, as the
    /// others do.
    /// </summary>
    StartContainer,

    /// <summary>In <c>start</c>, when the workload runs.</summary>
    Poststart,

    /// <summary>In <c>delete</c>, when the container is removed.</summary>
    Poststop,
}
