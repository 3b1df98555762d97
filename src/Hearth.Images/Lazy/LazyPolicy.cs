using Hearth.Distribution;

namespace Hearth.Images.Lazy;

/// <summary>What a read does while its bytes cannot be fetched.</summary>
/// <param name="Deadline">How long it tries again; zero to fail at once.</param>
/// <param name="Stalled">Called for each fetch that failed, from any thread.</param>
/// <param name="Fetched">Called for each fetch that succeeded, from any thread.</param>
internal sealed record LazyPolicy(TimeSpan Deadline, Action<ImageException>? Stalled = null, Action? Fetched = null)
{
    /// <summary>The first pause between two fetches; each further one is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A failure that may pass: somebody can log in again, and a registry that restarts, or a proxy in front of it, may answer 404 for a while. Wrong bytes
    /// stay wrong.
    /// </summary>
    public static bool IsTransient(ImageException exception) => exception.Error is ImageError.Unreachable or ImageError.RegistryFault or ImageError.Unauthorized or ImageError.Unknown;
}
