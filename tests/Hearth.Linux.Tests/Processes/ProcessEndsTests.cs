using System.Diagnostics;
using Hearth.Linux.Processes;

namespace Hearth.Linux.Tests.Processes;

public sealed class ProcessEndsTests
{
    private static readonly TimeSpan deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Each_end_is_reported_once_also_of_a_process_that_has_ended_before()
    {
        using ProcessEnds ends = new();
        using Process first = Start("1000"), second = Start("1000"), ended = Start("0");
        TaskCompletionSource firstEnded = new(), secondEnded = new(), endedBefore = new();
        ProcessHandle late = ProcessHandle.TryOpen(ended.Id) ?? throw new InvalidOperationException("the process is reaped already");
        await ended.WaitForExitAsync(TestContext.Current.CancellationToken);
        ends.Watch(ProcessHandle.TryOpen(first.Id)!, firstEnded.SetResult);
        ends.Watch(ProcessHandle.TryOpen(second.Id)!, secondEnded.SetResult);
        ends.Watch(late, endedBefore.SetResult);
        await endedBefore.Task.WaitAsync(deadline, TestContext.Current.CancellationToken);
        Assert.False(firstEnded.Task.IsCompleted);

        first.Kill();
        await firstEnded.Task.WaitAsync(deadline, TestContext.Current.CancellationToken);
        Assert.False(secondEnded.Task.IsCompleted);

        second.Kill();
        await secondEnded.Task.WaitAsync(deadline, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void The_wait_ends_while_processes_run()
    {
        using Process process = Start("1000");
        ProcessEnds ends = new();
        ends.Watch(ProcessHandle.TryOpen(process.Id)!, () => throw new InvalidOperationException("reported after the end"));
        ends.Dispose();
        process.Kill();
    }

    private static Process Start(string seconds) => Process.Start("sleep", seconds);
}
