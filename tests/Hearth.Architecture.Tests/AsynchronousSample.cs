namespace Hearth.Architecture.Tests;

/// <summary>Methods that the rule about cancellation refuses, and one that it allows.</summary>
public static class AsynchronousSample
{
    public static Task ActAsync() => Task.CompletedTask;

    public static ValueTask<int> ValueAsync(int number) => ValueTask.FromResult(number);

    public static IAsyncEnumerable<int> EachAsync(int first) => AsyncEnumerable.Range(first, 1);

    public static Task<int> AllowedAsync(int number, CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested ? Task.FromCanceled<int>(cancellationToken) : Task.FromResult(number);
}
