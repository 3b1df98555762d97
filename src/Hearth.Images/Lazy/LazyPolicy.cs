using Hearth.Distribution;

namespace Hearth.Images.Lazy;

/// <summary>What a read does while its bytes cannot be fetched.</summary>
/// <param name="Deadline">How long it tries again; zero to fail at once.</param>
/// <param name="Stalled">Called once for each fetch that failed, from any thread.</param>
internal sealed record LazyPolicy(TimeSpan Deadline, Action<ImageException>? Stalled = null)
{
    /// <summary>The first pause between two fetches; each further one is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A failure that may pass. Wrong bytes and refused credentials stay so.</summary>
    public static bool IsTransient(ImageException exception) => exception.Error is ImageError.Unreachable or ImageError.RegistryFault;
}
