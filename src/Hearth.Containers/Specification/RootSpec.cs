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
}
