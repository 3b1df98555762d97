namespace Hearth.Keeper.Tests;

public sealed class UndoStackTests
{
    private readonly List<string> undone = [];
    private readonly UndoStack stack = new();

    [Fact]
    public async Task Acts_are_undone_in_reverse_order_and_once()
    {
        stack.Push("first", () => undone.Add("first"));
        stack.Push("second", () =>
        {
            undone.Add("second");
            return ValueTask.CompletedTask;
        });
        await using (Resource resource = new(undone))
        {
            Assert.Same(resource, stack.Own("third", resource));
            await stack.DisposeAsync();
            Assert.Equal(["resource", "second", "first"], undone);
            await stack.DisposeAsync();
            Assert.Equal(3, undone.Count);
        }
    }

    [Fact]
    public async Task One_that_fails_keeps_none_from_being_undone_and_all_are_told()
    {
        stack.Push("take the first back", () => throw new IOException("disk on fire"));
        stack.Push("second", () => undone.Add("second"));
        stack.Push("take the third back", () => throw new UnauthorizedAccessException("no"));

        AggregateException failure = await Assert.ThrowsAsync<AggregateException>(async () => await stack.DisposeAsync());

        Assert.Equal(["second"], undone);
        Assert.Equal(
            ["cannot take the third back: no", "cannot take the first back: disk on fire"],
            failure.InnerExceptions.Select(inner => inner.Message));
    }

    [Fact]
    public async Task A_branch_is_undone_at_its_place_or_begins_earlier_and_is_awaited_there()
    {
        TaskCompletionSource gate = new();
        stack.Push("first", () => undone.Add("first"));
        UndoStack branch = stack.Branch();
        branch.Push("inner", () => undone.Add("inner"));
        branch.Push("fail", () => throw new IOException("disk on fire"));
        branch.Push("wait", async () => await gate.Task);
        stack.Push("third", () =>
        {
            undone.Add("third");
            gate.SetResult();
        });
        stack.Push("begin", branch.Begin);

        AggregateException failure = await Assert.ThrowsAsync<AggregateException>(async () => await stack.DisposeAsync());
        Assert.Equal(["third", "inner", "first"], undone);
        Assert.Equal(["cannot fail: disk on fire"], failure.InnerExceptions.Select(inner => inner.Message));
        Assert.Equal(failure.InnerExceptions, (await Assert.ThrowsAsync<AggregateException>(async () => await branch.DisposeAsync())).InnerExceptions);
    }

    [Fact]
    public async Task A_branch_that_has_not_begun_is_undone_in_the_order_of_the_stack()
    {
        UndoStack branch = stack.Branch();
        stack.Push("last", () => undone.Add("last"));
        branch.Push("one", () => undone.Add("one"));
        branch.Push("two", () => undone.Add("two"));
        await stack.DisposeAsync();
        Assert.Equal(["last", "two", "one"], undone);
    }

    [Fact]
    public async Task What_was_released_stays()
    {
        stack.Push("first", () => undone.Add("first"));
        stack.Release();
        await stack.DisposeAsync();
        Assert.Empty(undone);
    }

    private sealed class Resource(List<string> undone) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            undone.Add("resource");
            return ValueTask.CompletedTask;
        }
    }
}
