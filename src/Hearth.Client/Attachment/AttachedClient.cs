using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Control.Attachment;

namespace Hearth.Client.Attachment;

/// <summary>A client's side of a process's streams. It passes the caller's input and the process's output on, unchanged.</summary>
/// <param name="connection">The caller closes it.</param>
/// <param name="streams">The caller's streams.</param>
/// <param name="detachKeys">The keys in the input that detach from the process; empty for none.</param>
/// <param name="diagnose">Receives diagnostics for the user who waits for the start.</param>
/// <param name="watch">Checks whether the keeper answers, until the process runs.</param>
internal sealed class AttachedClient(ControlConnection connection, WorkloadStreams streams, DetachKeys detachKeys, Action<Diagnostic> diagnose, KeeperWatch watch)
{
    private readonly TaskCompletionSource detached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TerminalAttachment? terminal;
    private HearthException? givenUp;

    /// <summary>As in <see cref="ClientAttachment.LeavesWithInput"/>.</summary>
    public bool LeavesWithInput { get; init; }

    /// <summary>Called once when the process runs.</summary>
    public Action<StartedReply> Started { get; init; } = _ => { };

    /// <summary>Makes the failure of a connection that ended before the process did, from the cause on the keeper's host.</summary>
    public Func<string, HearthException> Lost { get; init; } = cause => new HearthException(HearthError.KeeperFailed, cause);

    /// <summary>Makes <see cref="RunAsync"/> end with the caller's failure.</summary>
    public void GiveUp(HearthException why)
    {
        givenUp ??= why;
        connection.Abort();
    }

    /// <summary>Carries the streams until the process has ended or the caller detached.</summary>
    /// <param name="onCallingThread">Whether to block the calling thread, if there is no input that could contain detach keys.</param>
    /// <param name="cancellationToken">
    /// Detaches the caller. After that, one write to its streams may still be in progress if nobody reads from them.
    /// </param>
    /// <returns>How the process ended; null if the caller detached.</returns>
    /// <exception cref="HearthException">The keeper refused the request, or has ended.</exception>
    public async Task<EndOfProcess?> RunAsync(bool onCallingThread, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration leaving = cancellationToken.UnsafeRegister(static connection => ((ControlConnection)connection!).Abort(), connection);
        try
        {
            if (onCallingThread && streams.Input is null && !LeavesWithInput)
            {
                return Receive(cancellationToken);
            }

            Task<EndOfProcess> receiving = Task.Factory.StartNew(() => Receive(cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            _ = receiving.ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            Task first = await Task.WhenAny(receiving, detached.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
            return first == receiving ? await receiving.ConfigureAwait(false) : null;
        }
        finally
        {
            terminal?.Dispose();
        }
    }

    /// <summary>Receives frames on a dedicated thread, since a write to a slow reader blocks.</summary>
    private EndOfProcess Receive(CancellationToken cancellationToken)
    {
        connection.WhenQuiet(watch.Probe, KeeperWatch.Quiet);
        while (!cancellationToken.IsCancellationRequested && connection.Receive() is { } frame)
        {
            switch (frame.Kind)
            {
                case ControlFrameKind.Output:
                    Write(streams.Output, frame.Payload, isError: false);
                    break;
                case ControlFrameKind.Error:
                    Write(streams.Error, frame.Payload, isError: true);
                    break;
                case ControlFrameKind.Message when Handle(ControlConnection.Parse(frame.Payload)) is { } end:
                    return end;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw givenUp ?? Lost("the container's keeper has ended, and the container with it; 'hearth inspect' shows why");
    }

    private EndOfProcess? Handle(ControlMessage message)
    {
        switch (message)
        {
            case DiagnosticReply reply:
                diagnose(reply.Diagnostic);
                return null;
            case StartedReply started:
                Begin(started);
                return null;
            case EndOfProcess exited:
                return exited;
            case FailedReply failed:
                throw new HearthException(failed.Error, failed.Message);
            default:
                return null;
        }
    }

    private void Begin(StartedReply started)
    {
        // The process may run for any time.
        connection.WhenQuiet(null, KeeperWatch.Quiet);
        Started(started);
        if (streams.Keyboard is { } keyboard)
        {
            terminal = TerminalAttachment.Attach(keyboard);
        }

        if (streams.Input is { } input)
        {
            // A read from a terminal ends only when a key is pressed.
            new Thread(() => CarryInput(input)) { IsBackground = true, Name = "stdin" }.Start();
        }
        else if (LeavesWithInput)
        {
            detached.TrySetResult();
        }
    }

    private void Write(Stream to, ReadOnlyMemory<byte> bytes, bool isError)
    {
        try
        {
            to.Write(bytes.Span);
        }
        catch (IOException)
        {
            Abandon(isError);
        }
    }

    /// <summary>Says that nobody reads a stream any more.</summary>
    private void Abandon(bool isError)
    {
        try
        {
            connection.Send(new AbandonMessage(isError));
        }
        catch (IOException)
        {
            // The keeper has closed the connection: the process has ended meanwhile. How it ended was sent before, and is read next.
        }
    }

    private void CarryInput(Stream input)
    {
        byte[] buffer = new byte[ControlFrame.MostDataBytes];
        try
        {
            int count;
            do
            {
                count = ReadInput(input, buffer);
                ReadOnlyMemory<byte> passed = detachKeys.Filter(buffer.AsMemory(0, count), out bool isDetaching);
                if (!passed.IsEmpty || count == 0)
                {
                    connection.Send(ControlFrameKind.Input, passed.Span);
                }

                if (isDetaching || (count == 0 && LeavesWithInput))
                {
                    detached.TrySetResult();
                    return;
                }
            }
            while (count > 0);
        }
        catch (IOException)
        {
            // The keeper has ended. The receiving side reports that.
        }
    }

    /// <summary>Reads input. If the terminal hung up or the disk fails, the process gets the end of its input.</summary>
    private static int ReadInput(Stream input, byte[] buffer)
    {
        try
        {
            return input.Read(buffer);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
