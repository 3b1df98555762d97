using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Tests;
using Hearth.OciRuntime.Bundles;
using Hearth.Records.Tests.Support;

namespace Hearth.OciRuntime.Tests.Bundles;

/// <summary>Hooks as real scripts.</summary>
public sealed class HookTests : IDisposable
{
    private static readonly StateSpec state = new()
    {
        Id = "box", Status = "creating", Pid = 12, Bundle = "/srv/bundle", Annotations = new Dictionary<string, string> { ["a"] = "b" },
    };

    private readonly Workplace place = new();
    private readonly List<Diagnostic> diagnostics = [];

    [Fact]
    public async Task A_hook_reads_the_state_and_has_its_own_arguments_and_environment_alone()
    {
        string script = Script("cat >$OUT/state; echo \"$0 $*\" >$OUT/args; /usr/bin/env | /usr/bin/sort | /bin/grep -v ^_= >$OUT/env");
        await RunAsync(HookPoint.CreateRuntime, new HookSpec { Path = script, Args = ["name", "one", "two words"], Env = [$"OUT={place.At("")}", "PATH=/bin"] });

        using JsonDocument read = JsonDocument.Parse(File.ReadAllText(place.At("state")));
        Assert.Equal(
            ("1.2.0", "box", "creating", 12, "/srv/bundle", "b"),
            (Text("ociVersion"), Text("id"), Text("status"), read.RootElement.GetProperty("pid").GetInt32(), Text("bundle"), read.RootElement.GetProperty("annotations").GetProperty("a").GetString()));
        Assert.Equal($"{script} one two words", File.ReadAllText(place.At("args")).Trim());
        Assert.DoesNotContain("HOME=", File.ReadAllText(place.At("env")), StringComparison.Ordinal);

        string? Text(string name) => read.RootElement.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Hooks_of_one_point_run_one_after_the_other_and_those_of_others_not()
    {
        HookSpec[] two = [Writer("first"), Writer("second")];
        await new Hooks(new HooksSpec { Poststart = two, Poststop = [Writer("never")] }, TimeProvider.System).RunAsync(HookPoint.Poststart, state, diagnostics.Add).InTime();
        await new Hooks(null, TimeProvider.System).RunAsync(HookPoint.Prestart, state, diagnostics.Add).InTime();

        Assert.Equal(["first", "second"], File.ReadAllLines(place.At("written")));
        Assert.Empty(diagnostics);
    }

    [Theory]
    [InlineData("exit 3", "it ended with status 3")]
    [InlineData("echo what it said; echo and why >&2; exit 1", "it ended with status 1: what it said; and why")]
    [InlineData("kill -9 $$", "it ended with signal 9")]
    [InlineData("head -c 100000 /dev/zero | tr '\\0' x; exit 1", "it ended with status 1: xxxx")]
    public async Task A_hook_that_fails_before_the_start_ends_it_and_those_behind_it_do_not_run(string body, string cause)
    {
        foreach (HookPoint point in (HookPoint[])[HookPoint.Prestart, HookPoint.CreateRuntime, HookPoint.CreateContainer, HookPoint.StartContainer])
        {
            HearthException failure = await Assert.ThrowsAsync<HearthException>(() => RunAsync(point, new HookSpec { Path = Script(body) }, Writer("never")));
            Assert.Equal(HearthError.HookFailed, failure.Error);
            Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
            Assert.Contains("hook 0", failure.Message, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(place.At("written")));
    }

    [Fact]
    public async Task A_hook_that_fails_after_the_start_is_told_and_the_others_run()
    {
        foreach (HookPoint point in (HookPoint[])[HookPoint.Poststart, HookPoint.Poststop])
        {
            await RunAsync(point, new HookSpec { Path = Script("exit 3") }, Writer("after"));
        }

        Assert.Equal(["after", "after"], File.ReadAllLines(place.At("written")));
        Assert.Equal(2, diagnostics.Count);
        Assert.StartsWith("poststart hook 0 (", diagnostics[0].Text, StringComparison.Ordinal);
        Assert.Contains("status 3", diagnostics[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hook_that_is_not_there_has_failed() =>
        Assert.Contains("ENOENT", (await Assert.ThrowsAsync<HearthException>(() => RunAsync(HookPoint.Prestart, new HookSpec { Path = place.At("missing") }))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_hook_that_takes_too_long_is_killed_with_what_it_started()
    {
        string script = Script($"/bin/sleep 1000 & echo $! >{place.At("child")}; echo waiting; wait");
        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => RunAsync(HookPoint.CreateRuntime, new HookSpec { Path = script, Timeout = 1 }));

        Assert.Contains("it took longer than 1 s: waiting", failure.Message, StringComparison.Ordinal);
        int child = int.Parse(File.ReadAllText(place.At("child")));
        using Linux.Processes.ProcessHandle? left = Linux.Processes.ProcessHandle.TryOpen(child);
        if (left is not null)
        {
            using var epoll = new Linux.Descriptors.Epoll();
            epoll.Add(left.Descriptor, Linux.Descriptors.EpollEvents.In, 0);
            Assert.Equal(1, epoll.Wait(new Linux.Descriptors.EpollReport[1], 30_000));
        }
    }

    [Fact]
    public async Task A_hook_is_over_when_it_has_ended_whoever_has_its_output_open()
    {
        await RunAsync(HookPoint.CreateRuntime, new HookSpec { Path = Script($"/usr/bin/setsid /bin/sleep 1000 & echo $! >{place.At("child")}") });
        Linux.Processes.Signals.Send(int.Parse(File.ReadAllText(place.At("child"))), 9);
    }

    [Fact]
    public async Task A_hook_ends_with_the_callers_patience()
    {
        using var giving = new CancellationTokenSource();
        Task running = new Hooks(new HooksSpec { Prestart = [new HookSpec { Path = Script("exec /bin/sleep 1000") }] }, TimeProvider.System).RunAsync(HookPoint.Prestart, state, diagnostics.Add, giving.Token);
        await giving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.InTime());
    }

    public void Dispose() => place.Dispose();

    private Task RunAsync(HookPoint point, params HookSpec[] hooks)
    {
        var spec = new HooksSpec { Prestart = hooks, CreateRuntime = hooks, CreateContainer = hooks, StartContainer = hooks, Poststart = hooks, Poststop = hooks };
        return new Hooks(spec, TimeProvider.System).RunAsync(point, state, diagnostics.Add).InTime();
    }

    private HookSpec Writer(string word) => new() { Path = "/bin/sh", Args = ["sh", "-c", $"echo {word} >>{place.At("written")}"] };

    private string Script(string body)
    {
        string path = place.Write($"{Guid.NewGuid():n}.sh", $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }
}
