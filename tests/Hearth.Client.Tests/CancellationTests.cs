using Hearth.Client.Attachment;
using Hearth.Client.Tests.Support;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Control;
using Hearth.Control.Attachment;

namespace Hearth.Client.Tests;

/// <summary>What a cancelled operation leaves: before the keeper was asked nothing, and after that what its comment promises.</summary>
public sealed class CancellationTests
{
    private static readonly TimeSpan deadline = TimeSpan.FromSeconds(30);

    /// <summary>By name, each operation that asks a keeper something.</summary>
    private static readonly Dictionary<string, Func<ContainerService, string, CancellationToken, Task>> operations = new()
    {
        ["stop"] = (service, id, token) => service.StopAsync(id, cancellationToken: token),
        ["kill"] = (service, id, token) => service.KillAsync(id, 15, cancellationToken: token),
        ["wait"] = (service, id, token) => service.WaitAsync(id, token),
        ["remove"] = (service, id, token) => service.RemoveAsync(id, force: true, cancellationToken: token),
        ["end"] = (service, id, token) => service.EndByForceAsync(id, token),
        ["pause"] = (service, id, token) => service.PauseAsync(id, token),
        ["resume"] = (service, id, token) => service.ResumeAsync(id, token),
        ["restart"] = (service, id, token) => service.RestartAsync(id, null, null, _ => { }, token),
        ["statistics"] = (service, id, token) => service.StatisticsAsync(id, token),
        ["processes"] = (service, id, token) => service.ProcessesAsync(id, token),
        ["path"] = (service, id, token) => service.StatPathAsync(id, "/", followsLink: true, token),
        ["copy in"] = (service, id, token) => service.CopyInAsync(id, new CopyInRequest("/", null, null), (_, _) => Task.CompletedTask, token),
        ["copy out"] = (service, id, token) => service.CopyOutAsync(id, "/", null, followsLink: true, Stream.Null, token),
        ["exec"] = (service, id, token) => service.ExecAsync(id, Process, attachment: null, cancellationToken: token),
        ["exec of a command"] = (service, id, token) => service.ExecCommandAsync(id, Process, attachment: null, token),
        ["exec attached"] = (service, id, token) => service.ExecAsync(id, Process, Streams(), cancellationToken: token),
        ["attach"] = (service, id, token) => service.AttachAsync(id, Streams(), token),
    };

    public static TheoryData<string> Operations => [.. operations.Keys];

    private static ProcessSpec Process => new() { Args = ["true"] };

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Cancelled_before_it_asks_it_does_nothing(string name)
    {
        using ClientPlace place = new();
        using SilentKeeper keeper = new(place);
        Task<ControlConnection> accepting = keeper.AcceptAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => operations[name](place.Service, place.Container.Id, new CancellationToken(canceled: true)));
        Assert.False(accepting.IsCompleted);
        Assert.Equal(ContainerStatus.Created, place.Service.Read(place.Container.Id).State.Status);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Cancelled_while_it_waits_it_leaves_the_keeper(string name)
    {
        using ClientPlace place = new();
        using SilentKeeper keeper = new(place);
        using CancellationTokenSource cancelling = new();
        Task operation = operations[name](place.Service, place.Container.Id, cancelling.Token);
        using ControlConnection connection = await keeper.AcceptAsync().WaitAsync(deadline);
        Assert.NotNull(await connection.ReceiveAsync().AsTask().WaitAsync(deadline));

        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => operation.WaitAsync(deadline));
        while (await connection.ReceiveAsync().AsTask().WaitAsync(deadline) is not null)
        {
            // Until the keeper sees that its client is gone.
        }

        Assert.Contains(place.Log.Entries, entry => entry.Event == 12);
    }

    [Fact]
    public async Task A_start_that_is_cancelled_before_starts_no_keeper()
    {
        using ClientPlace place = new("touch $PLACE/began");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => place.Service.StartAsync(place.Container.Id, _ => { }, new StartTiming(0), new CancellationToken(canceled: true)));
        Assert.False(File.Exists(place.At("began")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_start_that_is_cancelled_before_its_keeper_listens_ends_that(bool isAttached)
    {
        using ClientPlace place = new("echo $$ >$PLACE/new; mv $PLACE/new $PLACE/pid; exec sleep 1000");
        using CancellationTokenSource cancelling = new();
        Task start = isAttached
            ? place.Service.StartAttachedAsync(place.Container.Id, Streams(), new StartTiming(0), cancelling.Token)
            : place.Service.StartAsync(place.Container.Id, _ => { }, new StartTiming(0), cancelling.Token);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(place.At("pid")), deadline));

        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start.WaitAsync(deadline));
        string pid = (await File.ReadAllTextAsync(place.At("pid"))).Trim();
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{pid}"), deadline));
        Assert.Equal(ContainerStatus.Created, place.Service.Read(place.Container.Id).State.Status);
        Assert.Contains(place.Log.Entries, entry => entry.Event == 10);
    }

    [Fact]
    public async Task Streams_that_are_cancelled_carry_nothing_more()
    {
        using ClientPlace place = new();
        using SilentKeeper keeper = new(place);
        using CancellationTokenSource cancelling = new();
        MemoryStream output = new();
        ClientAttachment attachment = new() { Streams = new WorkloadStreams { Output = output, Error = output }, PassesSignals = false, Started = _ => cancelling.Cancel() };
        Task<RunOutcome?> attached = place.Service.AttachAsync(place.Container.Id, attachment, cancelling.Token);
        using ControlConnection connection = await keeper.AcceptAsync().WaitAsync(deadline);
        await connection.SendAsync(ControlFrameKind.Output, "before"u8.ToArray());
        await connection.SendAsync(new StartedReply(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attached.WaitAsync(deadline));
        Assert.Equal("before"u8.ToArray(), output.ToArray());
    }

    private static ClientAttachment Streams() => new()
    {
        Streams = new WorkloadStreams { Output = Stream.Null, Error = Stream.Null },
        PassesSignals = false,
    };
}
