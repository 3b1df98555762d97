namespace Hearth.Guest.Protocol.Tests;

/// <summary>How long a test waits for what has to happen; generous, since it only tells a hang from a slow machine.</summary>
internal static class Deadline
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    public static Task InTime(this Task task) => task.WaitAsync(Length);

    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(Length);

    public static Task InTime(this ValueTask task) => task.AsTask().WaitAsync(Length);

    public static Task<T> InTime<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Length);
}
