namespace Hearth.Containers;

/// <summary>
/// Where Hearth keeps things: <see cref="State"/> survives a restart of the machine (kernels, caches, volumes),
/// <see cref="Run"/> does not (what runs now). Both can be moved, so that tests never touch the real ones.
/// </summary>
public sealed record HearthDirectories(string State, string Run)
{
    public const string StateVariable = "HEARTH_STATE_DIR";
    public const string RunVariable = "HEARTH_RUN_DIR";
    public const string DefaultState = "/var/lib/hearth";
    public const string DefaultRun = "/run/hearth";

    /// <summary>One directory a container that has a keeper, named by its id: sockets, and what it has taken of the host.</summary>
    public string Containers => Path.Combine(Run, "containers");

    /// <summary>One directory a container, named by its id, from its creation to its removal: description, state, log.</summary>
    public string Records { get; init; } = Path.Combine(State, "records");

    /// <summary>The names of containers, a link to the id each.</summary>
    public string Names => Path.Combine(Path.GetDirectoryName(Records)!, "names");

    /// <summary>Kernels that were imported on this machine.</summary>
    public string Kernels => Path.Combine(State, "kernels");

    /// <summary>Writable layers of running containers: on disk, since they may be larger than memory.</summary>
    public string Scratch => Path.Combine(State, "scratch");

    /// <summary>Named volumes, a directory each.</summary>
    public string Volumes => Path.Combine(State, "volumes");

    /// <summary>Prepared images.</summary>
    public string Cache => Path.Combine(State, "cache");

    /// <summary>The journal of what happened to containers.</summary>
    public string Events => Path.Combine(Run, "events");

    /// <summary>The users that belong to running machines, a locked file each.</summary>
    public string Users => Path.Combine(State, "users");

    /// <summary>A value given wins over the environment, and that over the default. Relative paths are made absolute.</summary>
    public static HearthDirectories Resolve(string? state, string? run, Func<string, string?> environment) => new(
        Path.GetFullPath(First(state, environment(StateVariable), DefaultState)),
        Path.GetFullPath(First(run, environment(RunVariable), DefaultRun)));

    private static string First(string? given, string? fromEnvironment, string fallback) =>
        !string.IsNullOrEmpty(given) ? given : !string.IsNullOrEmpty(fromEnvironment) ? fromEnvironment : fallback;
}
