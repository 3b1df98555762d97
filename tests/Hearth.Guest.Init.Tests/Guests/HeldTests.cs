using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>A process that is held back right before its command is executed.</summary>
public sealed class HeldTests(GuestParts parts)
{
    private const int Kill = 9;

    [Fact]
    public async Task It_can_be_joined_before_its_command_runs_and_runs_when_it_is_released()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);
        TestProcess held = await guest.StartAsync(["sh", "-c", "cat /joined"], request => request with { IsHeld = true });
        await held.Held.InTime();

        ProcessResult joined = await guest.RunAsync(["sh", "-c", "echo by the joined >/joined; ls /proc | grep -c '^1$'"], request => request with { JoinsContainer = true });
        Assert.Equal("1\n", joined.OutputText);
        Assert.False(held.Started.IsCompleted);

        Assert.IsType<RequestDone>(await guest.AskAsync(new ReleaseProcess(held.Id)));
        ProcessResult result = await held.ReadToEndAsync().InTime();
        Assert.Equal((0, "by the joined\n"), (result.ExitCode, result.OutputText));
        Assert.IsType<RequestDone>(await guest.AskAsync(new ReleaseProcess(held.Id)));
    }

    [Theory]
    [InlineData("no-such-command", StartFailure.CommandNotFound)]
    [InlineData("not-executable", StartFailure.NotExecutable)]
    [InlineData("no-interpreter", StartFailure.InterpreterNotFound)]
    public async Task A_command_that_cannot_be_run_is_refused_at_once(string command, StartFailure reason)
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);
        Assert.Equal(reason, (await guest.RunAsync([command], request => request with { IsHeld = true })).Failure);
    }

    [Fact]
    public async Task What_only_execve_finds_is_reported_at_the_release()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);
        TestProcess held = await guest.StartAsync(["no-format"], request => request with { IsHeld = true });
        await held.Held.InTime();
        await guest.AskAsync(new ReleaseProcess(held.Id));
        Assert.Equal(StartFailure.NotExecutable, (await held.ReadToEndAsync().InTime()).Failure);
    }

    [Fact]
    public async Task It_can_be_killed_and_then_never_runs()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);
        TestProcess held = await guest.StartAsync(["sh", "-c", "echo never"], request => request with { IsHeld = true });
        await held.Held.InTime();
        await guest.SendAsync(new SignalProcess(held.Id, Kill));

        ProcessResult result = await held.ReadToEndAsync().InTime();
        Assert.Equal((StartFailure.ContainerNotRunning, ""), (result.Failure, result.OutputText));
        Assert.Equal("another", await guest.ShellAsync("echo another"));
    }

    /// <summary>A guest that is told to end does not wait for a process that nobody releases.</summary>
    [Fact]
    public async Task It_does_not_keep_a_guest_from_ending()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);
        TestProcess held = await guest.StartAsync(["true"], request => request with { IsHeld = true });
        await held.Held.InTime();
        await guest.SendAsync(new ShutDownGuest());
        await guest.Machine.Exited.InTime();
    }
}
