using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Control.Attachment;

namespace Hearth.Client.Attachment;

/// <summary>A client's side of a process's streams: what the caller types goes there, what the process writes comes here, unchanged.</summary>
/// <param name="connection">Stays the caller's to close.</param>
/// <param name="streams">The caller's.</param>
/// <param name="detachKeys">What of the input leaves the process alone; empty for nothing.</param>
/// <param name="diagnose">Gets what whoever waits for the start should know.</param>
/// <param name="watch">Finds out whether the keeper is there, as long as the process does not run.</param>
internal sealed class AttachedClient(ControlConnection connection, WorkloadStreams streams, DetachKeys detachKeys, Action<Diagnostic> diagnose, KeeperWatch watch)
{
    private readonly TaskCompletionSource detached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TerminalAttachment? terminal;
    private HearthException? givenUp;

    /// <summary>Called once when the process runs.</summary>
    public Action<StartedReply> Started { get; init; } = _ => { };

    /// <summary>Has the carrying end with a failure of the caller's.</summary>
    public void GiveUp(HearthException why)
    {
        givenUp ??= why;
        connection.Abort();
    }

    /// <summary>Carries until the process has ended or the caller detached.</summary>
    /// <param name="onCallingThread">Whether to block it instead of waiting beside it, where there is no input by which to detach.</param>
    /// <param name="cancellationToken">Detaches the caller. One write to its streams may still be under way after that, if nobody reads there.</param>
    /// <returns>Null where the caller detached.</returns>
    /// <exception cref="HearthException">The keeper refused, or is gone.</exception>
    public async Task<EndOfProcess?> RunAsync(bool onCallingThread, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration leaving = cancellationToken.UnsafeRegister(static connection => ((ControlConnection)connection!).Abort(), connection);
        try
        {
            if (onCallingThread && streams.Input is null)
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

    /// <summary>By a thread that has nothing else to do, since a write to a slow reader blocks.</summary>
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
        throw givenUp ?? new HearthException(HearthError.KeeperFailed, "the process that kept the container is gone: the container ended with it ('hearth ps -a', 'hearth inspect')");
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
        // What runs may take as long as it likes.
        connection.WhenQuiet(null, KeeperWatch.Quiet);
        Started(started);
        if (streams.Keyboard is { } keyboard)
        {
            terminal = TerminalAttachment.Attach(keyboard);
        }

        if (streams.Input is { } input)
        {
            // A read from a terminal ends only with a key.
            new Thread(() => CarryInput(input)) { IsBackground = true, Name = "stdin" }.Start();
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
            connection.Send(new AbandonMessage(isError));
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

                if (isDetaching)
                {
                    detached.TrySetResult();
                    return;
                }
            }
            while (count > 0);
        }
        catch (IOException)
        {
            // The keeper is gone, and the receiving side says so.
        }
    }

    /// <summary>A terminal that hung up, or a failing disk: the process sees its input end here.</summary>
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
