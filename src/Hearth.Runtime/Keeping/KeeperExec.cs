using Hearth.Guest.Protocol.Messages;
using Hearth.Runtime.Attachment;
using Hearth.Runtime.Guest;

namespace Hearth.Runtime.Keeping;

/// <summary>One more process in a running container, for one client.</summary>
internal sealed class KeeperExec(ControlConnection connection, KeeperLife life, ExecRequest request)
{
    private static int count;

    private readonly string id = $"exec-{Interlocked.Increment(ref count)}";

    /// <summary>
    /// 1. Starts it. 2. Tells that it runs. 3. Carries its streams until it has ended. A client that goes away in the middle leaves
    /// the process without readers, and it goes on.
    /// </summary>
    public async Task RunAsync()
    {
        (GuestSession session, _) = life.Require("exec in");
        GuestProcess process = await session.StartAsync(
            GuestRequests.Start(request.Process, id, request.Size), request.Input, CancellationToken.None).ConfigureAwait(false);
        OutputHub hub = new();
        ConnectionSink sink = new(connection);
        if (!request.Detach)
        {
            hub.Add(sink);
        }

        using InputRelay input = new();
        Task output = StreamPump.StartAsync(process, new WorkloadStreams { Input = request.Input ? input.Reader : null, Output = hub.Output, Error = hub.Error }, () => { });
        ProcessStarted started = await process.Started.ConfigureAwait(false);
        await connection.SendAsync(new StartedReply(started.GuestPid) { ExecId = id }).ConfigureAwait(false);
        if (request.Detach)
        {
            return;
        }

        await Task.WhenAny(ReceiveAsync(input), FinishAsync(process, output)).ConfigureAwait(false);
    }

    private async Task FinishAsync(GuestProcess process, Task output)
    {
        ProcessExited exited = await process.Exited.ConfigureAwait(false);
        await output.ConfigureAwait(false);
        await connection.SendAsync(new ExitedReply(exited.ExitCode, exited.Signal, OutOfMemory: false)).ConfigureAwait(false);
    }

    private async Task ReceiveAsync(InputRelay input)
    {
        while (await connection.ReceiveAsync().ConfigureAwait(false) is { } frame)
        {
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
