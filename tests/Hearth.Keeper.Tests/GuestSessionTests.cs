using Hearth.Containers;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Tests.Support;

namespace Hearth.Keeper.Tests;

/// <summary>The host's side of the talk, with a guest at the other end of a real socket.</summary>
public sealed class GuestSessionTests
{
    private static readonly TimeSpan shortPatience = TimeSpan.FromMilliseconds(200);
    private static readonly ConfigureGuest configuration = new() { Hostname = "box", Root = new RootConfiguration { LowerDrive = "vda", LowerFileSystem = "erofs" } };

    [Fact]
    public async Task A_guest_is_greeted_configured_and_runs_a_process_to_its_end()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        Assert.Equal("6.1", (await guest.Session.Hello.InTime()).KernelRelease);

        Task<GuestConfigured> configuring = guest.Session.ConfigureAsync(configuration, CancellationToken.None);
        Assert.Equal("box", (await guest.HearAsync<ConfigureGuest>()).Hostname);
        await guest.SayAsync(new GuestConfigured([new GuestPhase("modules", 1, 2)]));
        Assert.Single((await configuring.InTime()).Phases);

        (GuestProcess process, StartProcess request) = await guest.StartAsync("main");
        Assert.Equal(0u, request.StandardInputStream);
        Assert.Equal((process.Output.Id, process.Error!.Id), (request.StandardOutputStream, request.StandardErrorStream));
        Assert.Null(process.Input);
        await guest.SayAsync(new ProcessStarted("main", 7, 12.5));
        Assert.Equal(7, (await process.Started.InTime()).GuestPid);
        await guest.SayAsync(new ProcessExited("main", 143, 15));
        Assert.Equal(new ProcessExited("main", 143, 15), await process.Exited.InTime());
    }

    [Fact]
    public async Task A_process_with_a_terminal_has_one_output_and_takes_signals_and_sizes()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess process, StartProcess request) = await guest.StartAsync("main", terminal: true, takesInput: true);
        Assert.Equal((process.Input!.Id, 0u), (request.StandardInputStream, request.StandardErrorStream));
        Assert.Null(process.Error);

        Task signalling = process.SignalAsync(2, all: false, CancellationToken.None);
        SignalProcess signal = await guest.HearAsync<SignalProcess>();
        Assert.Equal(new SignalProcess("main", 2), signal with { RequestId = 0 });
        await guest.SayAsync(new RequestDone([]) { RequestId = signal.RequestId });
        await signalling.InTime();
        Task resizing = process.ResizeAsync(new WindowSize(80, 24), CancellationToken.None);
        ResizeTerminal resize = await guest.HearAsync<ResizeTerminal>();
        Assert.Equal(new ResizeTerminal("main", new WindowSize(80, 24)), resize with { RequestId = 0 });
        await guest.SayAsync(new RequestDone([]) { RequestId = resize.RequestId });
        await resizing.InTime();
    }

    [Theory]
    [InlineData(StartFailure.CommandNotFound, HearthError.CommandNotFound, 127)]
    [InlineData(StartFailure.NotExecutable, HearthError.CommandNotExecutable, 126)]
    [InlineData(StartFailure.WorkingDirectory, HearthError.CommandNotExecutable, 126)]
    [InlineData(StartFailure.InterpreterNotFound, HearthError.InterpreterNotFound, 127)]
    [InlineData(StartFailure.WorkingDirectoryMissing, HearthError.WorkingDirectoryMissing, 127)]
    [InlineData(StartFailure.UnknownUser, HearthError.GuestFailed, 125)]
    [InlineData(StartFailure.System, HearthError.GuestFailed, 125)]
    [InlineData(StartFailure.ContainerNotRunning, HearthError.ContainerNotRunning, 125)]
    public async Task A_process_that_does_not_start_fails_with_dockers_exit_code(StartFailure reason, HearthError error, int exitCode)
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess process, _) = await guest.StartAsync("main");
        await guest.SayAsync(new ProcessFailed("main", reason, "exec 'nope': it did not work"));
        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => process.Started.InTime());
        Assert.Equal((error, exitCode), (failure.Error, failure.ExitCode));
        Assert.Equal("cannot start the command: exec 'nope': it did not work", failure.Message);
        await Assert.ThrowsAsync<HearthException>(() => process.Exited.InTime());
    }

    [Fact]
    public async Task A_guest_that_goes_before_its_first_word_fails_the_waiting_for_it()
    {
        await using GuestEnd guest = await GuestEnd.OpenSilentAsync();
        await guest.Channel.DisposeAsync();
        Assert.Equal(HearthError.MachineFailed, (await Assert.ThrowsAsync<HearthException>(() => guest.Session.Hello.InTime())).Error);
    }

    [Fact]
    public async Task A_guest_of_another_version_is_refused()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync(GuestProtocol.Version + 1);
        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => guest.Session.Hello.InTime());
        Assert.Equal(HearthError.GuestFailed, failure.Error);
        Assert.Contains("come from different builds", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_fails_fails_all_that_is_waited_for_with_its_words()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        Task<GuestConfigured> configuring = guest.Session.ConfigureAsync(configuration, CancellationToken.None);
        await guest.HearAsync<ConfigureGuest>();
        await guest.SayAsync(new GuestFailed("mount 'vda': no such device"));
        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => configuring.InTime());
        Assert.Equal((HearthError.GuestFailed, "the guest failed: mount 'vda': no such device"), (failure.Error, failure.Message));
    }

    [Fact]
    public async Task A_channel_that_ends_fails_what_is_waited_for_and_what_is_asked_later()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess process, _) = await guest.StartAsync("main");
        await guest.Channel.DisposeAsync();
        Assert.Equal(HearthError.MachineFailed, (await Assert.ThrowsAsync<HearthException>(() => process.Exited.InTime())).Error);
        await guest.Session.Ended.InTime();
        Assert.Equal(HearthError.MachineFailed, (await Assert.ThrowsAsync<HearthException>(() => guest.Session.SendAsync(new ShutDownGuest(), CancellationToken.None).InTime())).Error);
    }

    [Fact]
    public async Task A_guest_that_gives_orders_is_refused()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess process, _) = await guest.StartAsync("main");
        await guest.SayAsync(new ShutDownGuest());
        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => process.Started.InTime());
        Assert.Equal((HearthError.GuestFailed, "the guest sent a ShutDownGuest, which only a host sends"), (failure.Error, failure.Message));
    }

    [Fact]
    public async Task What_a_guest_says_of_a_process_that_nobody_started_changes_nothing()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess process, _) = await guest.StartAsync("main");
        await guest.SayAsync(new ProcessExited("stranger", 1, 0));
        await guest.SayAsync(new ProcessExited("main", 0, 0));
        Assert.Equal("main", (await process.Exited.InTime()).ProcessId);
    }

    [Fact]
    public async Task A_name_is_free_again_when_its_process_has_ended_or_did_not_start()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess first, _) = await guest.StartAsync("exec");
        await Assert.ThrowsAsync<ArgumentException>(() => guest.StartAsync("exec"));
        await guest.SayAsync(new ProcessExited("exec", 3, 0));
        Assert.Equal(3, (await first.Exited.InTime()).ExitCode);

        (GuestProcess second, _) = await guest.StartAsync("exec");
        await guest.SayAsync(new ProcessFailed("exec", StartFailure.System, "no"));
        await Assert.ThrowsAsync<HearthException>(() => second.Started.InTime());

        (GuestProcess third, _) = await guest.StartAsync("exec");
        await guest.SayAsync(new ProcessExited("exec", 4, 0));
        Assert.Equal(4, (await third.Exited.InTime()).ExitCode);
    }

    [Fact]
    public async Task A_detached_process_has_no_streams()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        GuestProcess process = await guest.Session.StartDetachedAsync(new StartProcess { ProcessId = "exec", Arguments = ["true"] }, CancellationToken.None);
        StartProcess request = await guest.HearAsync<StartProcess>();
        Assert.Equal((0u, 0u, 0u), (request.StandardInputStream, request.StandardOutputStream, request.StandardErrorStream));
        Assert.Throws<InvalidOperationException>(() => process.Output);
        await guest.SayAsync(new ProcessExited("exec", 0, 0));
        await process.Exited.InTime();
    }

    [Fact]
    public async Task A_guest_that_answers_no_more_is_given_up_with_what_was_asked_of_it()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync(quiet: shortPatience, answer: shortPatience);
        Task<ProcessList> asking = guest.Session.ListProcessesAsync(CancellationToken.None);
        await guest.HearAsync<ListProcesses>();

        HearthException silent = await Assert.ThrowsAsync<HearthException>(() => asking.InTime());

        Assert.Equal(HearthError.GuestSilent, silent.Error);
        Assert.StartsWith("cannot list the container's processes: the guest has not answered for", silent.Message, StringComparison.Ordinal);
        Assert.EndsWith("'hearth stop' ends the container", silent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_is_at_work_may_take_as_long_as_it_says_that_it_is_there()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync(quiet: shortPatience);
        Task<ProcessList> asking = guest.Session.ListProcessesAsync(CancellationToken.None);
        ListProcesses request = await guest.HearAsync<ListProcesses>();
        for (int probe = 0; probe < 3; probe++)
        {
            QueryStatistics question = await guest.HearAsync<QueryStatistics>();
            await guest.SayAsync(new RequestFailed(RequestFailure.Unsupported, "not yet") { RequestId = question.RequestId });
        }

        await guest.SayAsync(new ProcessList([], IsTruncated: false) { RequestId = request.RequestId });
        Assert.Empty((await asking.InTime()).Processes);
    }

    [Fact]
    public async Task A_guest_that_stands_still_on_purpose_is_not_asked_whether_it_is_there()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync(quiet: shortPatience, answer: shortPatience);
        guest.Session.IsSuspended = true;
        Task<ProcessList> asking = guest.Session.ListProcessesAsync(CancellationToken.None);
        ListProcesses request = await guest.HearAsync<ListProcesses>();

        await Assert.ThrowsAsync<TimeoutException>(() => asking.WaitAsync(shortPatience * 5));
        await guest.SayAsync(new ProcessList([], IsTruncated: false) { RequestId = request.RequestId });
        Assert.Empty((await asking.InTime()).Processes);
    }
}
