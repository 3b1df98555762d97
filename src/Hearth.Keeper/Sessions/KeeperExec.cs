using Hearth.Containers;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Streams;
using Hearth.Records.Events;

namespace Hearth.Keeper.Sessions;

/// <summary>Another process in a running container, for one client.</summary>
internal sealed class KeeperExec(ControlConnection connection, KeeperLife life, ExecRequest request)
{
    private static int count;

    private readonly string id = $"exec-{Interlocked.Increment(ref count)}";

    /// <summary>
    /// 1. Starts the process. 2. Reports that it runs. 3. Copies its streams until it ends. If the client disconnects before that,
    /// the process continues without readers, unless the request says that it ends with the client.
    /// </summary>
    public async Task RunAsync()
    {
        GuestSession session = life.RequireJoinable("exec in");
        StartProcess start = GuestRequests.Start(request.Inherits ? request.Process.Over(life.Description.Spec.Process!) : request.Process, id, request.Size) with { JoinsContainer = true };
        if (request.Detach)
        {
            GuestProcess left = await InTimeAsync(session, session.StartDetachedAsync(start, CancellationToken.None)).ConfigureAwait(false);
            ReportCreation();
            await ReportStartAsync(session, left).ConfigureAwait(false);
            return;
        }

        GuestProcess process = await InTimeAsync(session, session.StartAsync(start, request.Input, CancellationToken.None)).ConfigureAwait(false);
        ReportCreation();
        using InputRelay input = new();
        Task output = ExecStreams.CarryOutputAsync(process, connection);
        if (process.Input is { } taken)
        {
            _ = ExecStreams.CarryInputAsync(input.Reader, taken);
        }

        await ReportStartAsync(session, process).ConfigureAwait(false);
        Task finished = FinishAsync(process, output);
        if (await Task.WhenAny(ReceiveAsync(input, process), finished).ConfigureAwait(false) != finished && request.EndsWithClient && !process.Exited.IsCompleted)
        {
            await process.SignalAsync(Linux.Processes.SignalNumber.Kill, all: false, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Reports the creation while the guest starts the process.</summary>
    private void ReportCreation() => life.Events.Report(life.Description, EventAction.Of(EventAction.ExecCreate, request.Process.Args), ContainerEvents.ExecId(id));

    private async Task ReportStartAsync(GuestSession session, GuestProcess process)
    {
        ProcessStarted started;
        try
        {
            started = await InTimeAsync(session, process.Started).ConfigureAwait(false);
        }
        catch (HearthException silent) when (silent.Error == HearthError.GuestSilent)
        {
            _ = KillUnknownAsync(process);
            throw;
        }

        life.Events.Report(life.Description, EventAction.Of(EventAction.ExecStart, request.Process.Args), ContainerEvents.ExecId(id));
        try
        {
            await connection.SendAsync(new StartedReply(started.GuestPid) { ExecId = id }).ConfigureAwait(false);
        }
        catch (IOException)
        {
            _ = KillUnknownAsync(process);
            throw;
        }
    }

    private static Task<T> InTimeAsync<T>(GuestSession session, Task<T> step) =>
        session.WhileAnsweringAsync(step, "start a process in the container", CancellationToken.None);

    /// <summary>
    /// Kills a process as soon as it runs. No client uses it: its client got an error instead, or has disconnected.
    /// </summary>
    private static async Task KillUnknownAsync(GuestProcess process)
    {
        try
        {
            await process.Started.ConfigureAwait(false);
            await process.SignalAsync(Linux.Processes.SignalNumber.Kill, all: false, CancellationToken.None).ConfigureAwait(false);
        }
        catch (HearthException)
        {
            // It did not start, or the machine ended.
        }
    }

    private async Task FinishAsync(GuestProcess process, Task output)
    {
        ProcessExited exited = await process.Exited.ConfigureAwait(false);
        await output.ConfigureAwait(false);
        life.Events.Report(life.Description, EventAction.ExecDie, ContainerEvents.ExecId(id), ContainerEvents.ExitCode(exited.ExitCode));
        await connection.SendAsync(new ExitedReply(exited.ExitCode, exited.Signal, exited.OutOfMemory)).ConfigureAwait(false);
    }

    private async Task ReceiveAsync(InputRelay input, GuestProcess process)
    {
        while (await connection.ReceiveAsync().ConfigureAwait(false) is { } frame)
        {
            if (frame.Kind == ControlFrameKind.Message && ControlConnection.Parse(frame.Payload) is AbandonMessage abandoned)
            {
                (abandoned.Error ? process.Error : process.Output)?.Reset("nobody reads the output any more");
            }

            if (frame.Kind != ControlFrameKind.Input)
            {
                continue;
            }

            if (frame.Payload.IsEmpty)
            {
                input.End();
            }
            else
            {
                await input.WriteAsync(frame.Payload, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
