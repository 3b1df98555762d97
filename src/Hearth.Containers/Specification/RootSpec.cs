namespace Hearth.Containers.Specification;

/// <summary>The specification's <c>root</c>: a directory of the host.</summary>
public sealed record RootSpec
{
    public required string Path { get; init; }

    public bool Readonly { get; init; }
}

/// <summary>One of the specification's <c>mounts</c>.</summary>
public sealed record MountSpec
{
    public required string Destination { get; init; }

    public string? Type { get; init; }

    public string? Source { get; init; }

    public IReadOnlyList<string> Options { get; init => field = value ?? []; } = [];

    /// <summary>What most programs write to, in a read-only root; as in podman.</summary>
    public static IReadOnlyList<MountSpec> WritableUnderReadOnlyRoot => [Temporary("/run", "755"), Temporary("/tmp", "1777"), Temporary("/var/tmp", "1777")];

    /// <summary>/dev/shm with a size in bytes.</summary>
    public static MountSpec SharedMemory(long size) =>
        new() { Destination = "/dev/shm", Type = "tmpfs", Source = "shm", Options = ["nosuid", "nodev", "noexec", "mode=1777", $"size={size}"] };

    private static MountSpec Temporary(string destination, string mode) =>
        new() { Destination = destination, Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "nodev", $"mode={mode}"] };
}
