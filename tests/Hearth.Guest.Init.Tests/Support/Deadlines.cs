namespace Hearth.Guest.Init.Tests.Support;

/// <summary>How long tests wait for what has to happen; generous, since it only tells a hang from a busy machine.</summary>
internal static class Deadlines
{
    /// <summary>Emulated, on processors that other tests use as well.</summary>
    internal static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    internal static Task InTime(this Task task) => task.WaitAsync(Length);

    internal static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(Length);

    internal static Task InTime(this ValueTask task) => task.AsTask().WaitAsync(Length);

    internal static Task<T> InTime<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Length);
}
