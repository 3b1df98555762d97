namespace Hearth.Containers;

/// <summary>
/// The directories that Hearth uses: <see cref="State"/> survives a restart of the host (kernels, caches, volumes),
/// <see cref="Run"/> does not (running containers). Both can be moved, so that tests never touch the real ones.
/// </summary>
public sealed record HearthDirectories(string State, string Run)
{
    public const string StateVariable = "HEARTH_STATE_DIR";
    public const string RunVariable = "HEARTH_RUN_DIR";
    public const string DefaultState = "/var/lib/hearth";
    public const string DefaultRun = "/run/hearth";

    /// <summary>
    /// One directory per container that has a keeper, named by its id: sockets, and the list of host resources it has taken.
    /// </summary>
    public string Containers => Path.Combine(Run, "containers");

    /// <summary>One directory per container, named by its id, from its creation to its removal: description, state, log.</summary>
    public string Records { get; init; } = Path.Combine(State, "records");

    /// <summary>The names of containers, each a link to the id.</summary>
    public string Names => Path.Combine(Path.GetDirectoryName(Records)!, "names");

    /// <summary>Kernels imported on this host.</summary>
    public string Kernels => Path.Combine(State, "kernels");

    /// <summary>Writable layers of running containers. They are on disk, since they may be larger than memory.</summary>
    public string Scratch => Path.Combine(State, "scratch");

    /// <summary>Named volumes, one directory each.</summary>
    public string Volumes => Path.Combine(State, "volumes");

    /// <summary>Container images.</summary>
    public string Images => Path.Combine(State, "images");

    /// <summary>Prepared disks of roots.</summary>
    public string Cache => Path.Combine(State, "cache");

    /// <summary>The journal of container events.</summary>
    public string Events => Path.Combine(Run, "events");

    /// <summary>User-defined networks, one file each.</summary>
    public string Networks => Path.Combine(State, "networks");

    /// <summary>Running containers' places in networks of CNI, one file each: plugins' leases of addresses survive a restart of the host, too.</summary>
    public string Cni => Path.Combine(State, "cni");

    /// <summary>The users reserved for running machines, one locked file each.</summary>
    public string Users => Path.Combine(State, "users");

    /// <summary>
    /// A given value takes precedence over the environment, which takes precedence over the default. Relative paths are made
    /// absolute.
    /// </summary>
    public static HearthDirectories Resolve(string? state, string? run, Func<string, string?> environment) => new(
        Path.GetFullPath(First(state, environment(StateVariable), DefaultState)),
        Path.GetFullPath(First(run, environment(RunVariable), DefaultRun)));

    private static string First(string? given, string? fromEnvironment, string fallback) =>
        !string.IsNullOrEmpty(given) ? given : !string.IsNullOrEmpty(fromEnvironment) ? fromEnvironment : fallback;
}
