using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Machines;

namespace Hearth.Guest.Init.Tests.Support;

/// <summary>A machine with init in it, and the host's side of the talk with it.</summary>
internal sealed class TestGuest : IAsyncDisposable
{
    internal static readonly RootConfiguration WritableRoot = new() { LowerDrive = "vda", LowerFileSystem = "squashfs" };

    private readonly ConcurrentDictionary<string, TestProcess> processes = new();
    private readonly ConcurrentQueue<string> failures = new();
    private readonly ConcurrentQueue<ProcessFailed> refusals = new();
    private readonly Channel<GuestEvent> events = System.Threading.Channels.Channel.CreateUnbounded<GuestEvent>();
    private readonly SemaphoreSlim refusal = new(0);
    private readonly TaskCompletionSource<GuestHello> hello = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<GuestConfigured> configured = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim failed = new(0);
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<GuestAnswer>> requests = new();
    private readonly Task receiving;
    private int lastId;
    private uint lastRequestId;

    private TestGuest(IMachine machine, GuestChannel channel)
    {
        Machine = machine;
        Channel = channel;
        receiving = ReceiveAsync();
    }

    internal IMachine Machine { get; }

    internal GuestChannel Channel { get; }

    internal Task<GuestHello> Hello => hello.Task;

    internal Task<GuestConfigured> Configured => configured.Task;

    /// <summary>Done when the channel has ended.</summary>
    internal Task Ended => receiving;

    /// <summary>Boots a guest with the test root as vda, and says nothing to it yet.</summary>
    internal static Task<TestGuest> BootAsync(GuestParts parts, params MachineDrive[] furtherDrives) => BootFromAsync(parts, parts.RootDrive, furtherDrives);

    /// <summary>Boots a guest with another image as vda.</summary>
    internal static async Task<TestGuest> BootFromAsync(GuestParts parts, string image, params MachineDrive[] furtherDrives)
    {
        IMachine machine = parts.Configure($"init-{Guid.NewGuid():n}"[..20], [new MachineDrive("root", image, ReadOnly: true), .. furtherDrives], [], null);
        try
        {
            await machine.BootAsync().InTime();
            return new TestGuest(machine, GuestChannel.StartHost(await machine.OpenChannelAsync()));
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Boots a guest and has it set up the container.</summary>
    internal static async Task<TestGuest> BootAsync(GuestParts parts, RootConfiguration root, params GuestMount[] mounts)
    {
        TestGuest guest = await BootAsync(parts);
        await guest.ConfigureAsync(root, mounts);
        return guest;
    }

    internal Task ConfigureAsync(RootConfiguration root, params GuestMount[] mounts) => ConfigureAsync(root, new ContainerLimits(), mounts);

    internal Task ConfigureAsync(RootConfiguration root, ContainerLimits limits, params GuestMount[] mounts) =>
        ConfigureAsync(configuration => configuration with { Root = root, Limits = limits, Mounts = mounts });

    internal async Task<GuestConfigured> ConfigureAsync(Func<ConfigureGuest, ConfigureGuest> change)
    {
        await Channel.SendAsync(change(new ConfigureGuest { Hostname = "testling", Root = WritableRoot })).InTime();
        return await configured.Task.InTime();
    }

    /// <summary>Asks for a process with streams for its input, output and errors.</summary>
    internal async Task<TestProcess> StartAsync(string[] arguments, Func<StartProcess, StartProcess>? change = null)
    {
        StartProcess request = new() { ProcessId = $"p{Interlocked.Increment(ref lastId)}", Arguments = arguments };
        request = change is null ? request : change(request);
        TestProcess process = new(
            request.ProcessId,
            Channel.OpenStream(StreamDirection.HostToGuest),
            Channel.OpenStream(StreamDirection.GuestToHost),
            request.Terminal ? null : Channel.OpenStream(StreamDirection.GuestToHost));
        processes[request.ProcessId] = process;
        await Channel.SendAsync(request with
        {
            StandardInputStream = process.Input.Id,
            StandardOutputStream = process.Output.Id,
            StandardErrorStream = process.Error?.Id ?? 0,
        }).InTime();
        return process;
    }

    /// <summary>Runs a process to its end.</summary>
    internal async Task<ProcessResult> RunAsync(string[] arguments, Func<StartProcess, StartProcess>? change = null, byte[]? input = null)
    {
        TestProcess process = await StartAsync(arguments, change);
        Task writing = process.WriteInputAsync(input ?? []);
        ProcessResult result = await process.ReadToEndAsync().InTime();
        await writing.InTime();
        return result;
    }

    /// <summary>Runs a shell line that has to succeed.</summary>
    internal async Task<string> ShellAsync(string line)
    {
        ProcessResult result = await RunAsync(["sh", "-c", line]);
        Assert.True(result.ExitCode == 0, $"'{line}' gave {result}");
        return result.OutputText.TrimEnd('\n');
    }

    internal Task SendAsync(GuestMessage message) => Channel.SendAsync(message).InTime();

    /// <summary>Sends a request and waits for whatever answer it gets.</summary>
    internal async Task<GuestAnswer> AskAsync(GuestRequest request)
    {
        uint id = Interlocked.Increment(ref lastRequestId);
        TaskCompletionSource<GuestAnswer> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        requests[id] = source;
        await SendAsync(request with { RequestId = id });
        return await source.Task.InTime();
    }

    /// <summary>Sends a request that has to be refused.</summary>
    internal async Task<RequestFailed> RefusalAsync(GuestRequest request) => Assert.IsType<RequestFailed>(await AskAsync(request));

    /// <summary>The next thing that the guest tells unasked.</summary>
    internal async Task<GuestEvent> NextEventAsync() => await events.Reader.ReadAsync().InTime();

    /// <summary>True while it has told nothing since the last <see cref="NextEventAsync"/>.</summary>
    internal bool HasToldNothing => events.Reader.Count == 0;

    /// <summary>The next <see cref="GuestFailed"/>.</summary>
    internal async Task<string> NextFailureAsync()
    {
        await failed.WaitAsync().InTime();
        Assert.True(failures.TryDequeue(out string? message));
        return message;
    }

    /// <summary>The next <see cref="ProcessFailed"/> that is no answer to <see cref="StartAsync"/>.</summary>
    internal async Task<ProcessFailed> NextRefusalAsync()
    {
        await refusal.WaitAsync().InTime();
        Assert.True(refusals.TryDequeue(out ProcessFailed? refused));
        return refused;
    }

    /// <summary>Asks until the answer is as it should be, or for the last time when the deadline is over.</summary>
    internal static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> isReached)
    {
        long start = Stopwatch.GetTimestamp();
        T answer = await ask();
        while (!isReached(answer) && Stopwatch.GetElapsedTime(start) < Deadlines.Length)
        {
            answer = await ask();
        }

        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        await Machine.DisposeAsync();
        await receiving.InTime();
        await Channel.DisposeAsync();
    }

    private async Task ReceiveAsync()
    {
        string end = "the channel ended";
        try
        {
            while (await Channel.ReceiveAsync() is { } message)
            {
                Handle(message);
            }
        }
        catch (GuestProtocolException failure)
        {
            end = failure.Message;
        }

        hello.TrySetException(new IOException(end));
        configured.TrySetException(new IOException(end));
        foreach (TestProcess process in processes.Values)
        {
            process.Fail(new IOException(end));
        }

        foreach (TaskCompletionSource<GuestAnswer> request in requests.Values)
        {
            request.TrySetException(new IOException(end));
        }
    }

    private void Handle(GuestMessage message)
    {
        switch (message)
        {
            case GuestHello said:
                hello.SetResult(said);
                break;
            case GuestConfigured done:
                configured.SetResult(done);
                break;
            case ProcessHeld held:
                processes[held.ProcessId].Handle(held);
                break;
            case ProcessStarted started:
                processes.GetValueOrDefault(started.ProcessId)?.Handle(started);
                break;
            case ProcessFailed refused when processes.TryGetValue(refused.ProcessId, out TestProcess? process) && !process.Started.IsCompleted:
                process.Handle(refused);
                break;
            case ProcessFailed refused:
                refusals.Enqueue(refused);
                refusal.Release();
                break;
            case ProcessExited exited:
                processes.GetValueOrDefault(exited.ProcessId)?.Handle(exited);
                break;
            case GuestAnswer answer when requests.TryRemove(answer.RequestId, out TaskCompletionSource<GuestAnswer>? source):
                source.SetResult(answer);
                break;
            case GuestEvent told:
                Assert.True(events.Writer.TryWrite(told));
                break;
            case GuestFailed told:
                failures.Enqueue(told.Message);
                failed.Release();
                break;
        }
    }
}
