using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Parts;
using Hearth.Keeper.Running;
using Hearth.Keeper.Streams;
using Hearth.Records.Events;

namespace Hearth.Keeper.Sessions;

/// <summary>Serves one client of a keeper: its requests, one after another, until it closes the connection.</summary>
internal sealed class KeeperSession(ControlConnection connection, KeeperLife life, KeeperStreams streams, ContainerRun run, TimeProvider clock)
{
    private readonly KeeperEnding ending = new(life, run, clock);
    private bool hasStarted;

    /// <summary>Whether the client requested more than reports, which are often read and need hardly any memory.</summary>
    public bool HasWorked { get; private set; }

    /// <returns>Whether the client requested the start or the preparation of the container.</returns>
    public async Task<bool> ServeAsync()
    {
        try
        {
            while (await connection.ReceiveMessageAsync().ConfigureAwait(false) is { } request)
            {
                HasWorked |= request is not ReportRequest;
                if (!await AnswerAsync(request).ConfigureAwait(false))
                {
                    break;
                }
            }
        }
        catch (IOException)
        {
            // The client has disconnected; the operation that it requested continues.
        }
        catch (HearthException nonsense)
        {
            await TryRefuseAsync(nonsense).ConfigureAwait(false);
        }

        return hasStarted;
    }

    /// <returns>False if the connection has carried streams, and cannot carry more requests.</returns>
    private async Task<bool> AnswerAsync(ControlMessage request)
    {
        try
        {
            switch (request)
            {
                case AttachRequest attach:
                    await AttachAsync(attach.Input, attach.Size, isStarter: false, start: null).ConfigureAwait(false);
                    return false;
                case StartRequest { Attach: true } attached:
                    await AttachAsync(attached.Input, attached.Size, isStarter: true, attached).ConfigureAwait(false);
                    return false;
                case ExecRequest exec:
                    await new KeeperExec(connection, life, exec).RunAsync().ConfigureAwait(false);
                    return false;
                default:
                    await connection.SendAsync(await ActAsync(request).ConfigureAwait(false)).ConfigureAwait(false);
                    return true;
            }
        }
        catch (Exception exception) when (exception is not IOException)
        {
            HearthException failure = RunFailures.TranslateOrReport(exception, $"answer a {request.GetType().Name}", life.Directories, clock);
            await connection.SendAsync(new FailedReply(failure.Error, failure.Message)).ConfigureAwait(false);
            return true;
        }
    }

    private async Task<ControlMessage> ActAsync(ControlMessage request)
    {
        switch (request)
        {
            case PingRequest:
                return new DoneReply();
            case PrepareRequest:
                hasStarted = true;
                await life.Ready.ConfigureAwait(false);
                return new DoneReply();
            case StartRequest start:
                Start(start);
                return await life.Started.ConfigureAwait(false);
            case SignalRequest signal:
                await SignalAsync(signal).ConfigureAwait(false);
                return new DoneReply();
            case ResizeRequest resize:
                await ResizeAsync(resize).ConfigureAwait(false);
                return new DoneReply();
            case StopRequest stop:
                await ending.StopAsync(stop.Signal, stop.TimeoutMs < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(stop.TimeoutMs), stop.KeepsRestart).ConfigureAwait(false);
                return new DoneReply();
            case PauseRequest:
                await life.PauseAsync(CancellationToken.None).ConfigureAwait(false);
                return new DoneReply();
            case ResumeRequest:
                await life.ResumeAsync(CancellationToken.None).ConfigureAwait(false);
                return new DoneReply();
            case UpdateRequest update:
                await life.UpdateAsync(update.Resources, update.Restart, run.Limit, CancellationToken.None).ConfigureAwait(false);
                return new DoneReply();
            case PolicyRequest policy:
                await life.ConfineAsync(policy.Rules, run.Network, CancellationToken.None).ConfigureAwait(false);
                return new DoneReply();
            case ReportRequest:
                return new ReportReply(run.Observe()) { BacklogInBytes = run.BacklogInBytes };
            case NetworkReportRequest:
                return new NetworkReply(run.Traffic?.Observe() ?? new NetworkReport());
            case ExplainRequest explain:
                return RequireNetwork().Explain(explain.Destination);
            case RenameRequest rename:
                life.Rename(rename.Name);
                return new DoneReply();
            case WaitRequest:
                return await life.Ended.ConfigureAwait(false);
            case EndRequest:
                run.EndByForce();
                await life.Ended.ConfigureAwait(false);
                return new DoneReply();
            default:
                return await new KeeperQueries(connection, act => life.Require(act).Session).TryAnswerAsync(request).ConfigureAwait(false)
                    ?? throw new HearthException(HearthError.InvalidRequest, $"a keeper cannot answer a {request.GetType().Name}");
        }
    }

    private IContainerNetwork RequireNetwork() => run.Network ?? throw KeeperLife.NoPolicy(life.Description.Name);

    private void Start(StartRequest start)
    {
        hasStarted = true;
        if (start.QueuedMs > 0)
        {
            run.NoteQueue(start.QueuedMs);
        }

        life.Start(new WorkloadStart(life.Description.Interactive, start.Size));
    }

    /// <summary>Copies the container's streams to and from this client, from before the start if this client starts it.</summary>
    private async Task AttachAsync(bool input, WindowSize? size, bool isStarter, StartRequest? start)
    {
        if (start is null)
        {
            life.Require("attach to");
        }

        life.Events.Report(life.Description, EventAction.Attach);
        ConnectionSink sink = new(connection);
        using DiagnosticRelay relay = streams.Diagnostics.Relay(connection, isStarter);
        streams.Hub.Add(sink);
        try
        {
            if (start is not null)
            {
                Start(start);
            }
            else if (size is not null)
            {
                run.Resize(size);
            }

            Task upstream = ReceiveAsync(input, isStarter);
            await ReportStartAsync().ConfigureAwait(false);
            if (await Task.WhenAny(life.Ended, upstream).ConfigureAwait(false) == upstream)
            {
                await upstream.ConfigureAwait(false);
                life.Events.Report(life.Description, EventAction.Detach);
                return;
            }

            await connection.SendAsync(await life.Ended.ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            streams.Hub.Remove(sink);
        }
    }

    /// <summary>Reports the start. The reply at the end reports a failed start, with its diagnostics and its report.</summary>
    private async Task ReportStartAsync()
    {
        await Task.WhenAny(life.Started, life.Ended).ConfigureAwait(false);
        if (life.Started.IsCompletedSuccessfully)
        {
            await connection.SendAsync(await life.Started.ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>Receives what an attached client sends, until it detaches by closing the connection.</summary>
    private async Task ReceiveAsync(bool input, bool isStarter)
    {
        while (await connection.ReceiveAsync().ConfigureAwait(false) is { } frame)
        {
            if (frame.Kind == ControlFrameKind.Message)
            {
                if (ControlConnection.Parse(frame.Payload) is AbandonMessage abandoned && isStarter)
                {
                    (abandoned.Error ? streams.Hub.Error : streams.Hub.Output).Abandon();
                }
            }
            else if (frame.Kind == ControlFrameKind.Input && input)
            {
                await PassInputAsync(frame.Payload).ConfigureAwait(false);
            }
        }
    }

    private async Task PassInputAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            await streams.Input.WriteAsync(bytes, CancellationToken.None).ConfigureAwait(false);
        }
        else if (life.Description.InputEndsWithClient)
        {
            streams.Input.End();
        }
    }

    private async Task SignalAsync(SignalRequest signal)
    {
        if (signal.ExecId is { } exec)
        {
            await life.Require("signal a process in").Session.AskAsync<RequestDone>(new SignalProcess(exec, signal.Signal), $"send signal {signal.Signal}", CancellationToken.None).ConfigureAwait(false);
            return;
        }

        await ending.SignalAsync(signal.Signal, signal.All).ConfigureAwait(false);
    }

    private async Task ResizeAsync(ResizeRequest resize)
    {
        if (resize.ExecId is { } exec)
        {
            await life.Require("resize a terminal of").Session.AskAsync<RequestDone>(new ResizeTerminal(exec, resize.Size), "resize the terminal", CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            run.Resize(resize.Size);
        }
    }

    private async Task TryRefuseAsync(HearthException failure)
    {
        try
        {
            await connection.SendAsync(new FailedReply(failure.Error, failure.Message)).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The client sent an invalid message and disconnected; it needs no reply.
        }
    }
}
