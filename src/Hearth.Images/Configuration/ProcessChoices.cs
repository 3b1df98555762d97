namespace Hearth.Images.Configuration;

/// <summary>What a user chose about a container's process. What is null or empty comes from the image.</summary>
public sealed record ProcessChoices
{
    /// <summary>Replaces the image's entrypoint and command; empty to have none.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Replaces the image's command.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    public string? WorkingDirectory { get; init; }

    public string? User { get; init; }

    /// <summary>NAME=VALUE; these replace the image's variables of the same names.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Whether the description's signal for <c>stop</c> is the user's.</summary>
    public bool HasStopSignal { get; init; }

    /// <summary>Whether the description's time for <c>stop</c> is the user's.</summary>
    public bool HasStopTimeout { get; init; }
}
