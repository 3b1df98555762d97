namespace Hearth.Containers.Specification;

/// <summary>The specification's <c>hooks</c>: programs to run at points of a container's life.</summary>
public sealed record HooksSpec
{
    public IReadOnlyList<HookSpec> Prestart { get; init => field = value ?? []; } = [];

    public IReadOnlyList<HookSpec> CreateRuntime { get; init => field = value ?? []; } = [];

    public IReadOnlyList<HookSpec> CreateContainer { get; init => field = value ?? []; } = [];

    public IReadOnlyList<HookSpec> StartContainer { get; init => field = value ?? []; } = [];

    public IReadOnlyList<HookSpec> Poststart { get; init => field = value ?? []; } = [];

    public IReadOnlyList<HookSpec> Poststop { get; init => field = value ?? []; } = [];
}

/// <summary>One program of the specification's <c>hooks</c>.</summary>
public sealed record HookSpec
{
    /// <summary>Absolute, on the host.</summary>
    public required string Path { get; init; }

    /// <summary>argv, starting with the program's name; empty for the path alone.</summary>
    public IReadOnlyList<string> Args { get; init => field = value ?? []; } = [];

    /// <summary>The whole environment, each NAME=VALUE; nothing of the runtime's own is added.</summary>
    public IReadOnlyList<string> Env { get; init => field = value ?? []; } = [];

    /// <summary>Seconds, more than 0; null for no limit.</summary>
    public int? Timeout { get; init; }
}
