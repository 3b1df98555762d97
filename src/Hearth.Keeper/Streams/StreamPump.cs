using Hearth.Control.Attachment;
using Hearth.Guest.Protocol;
using Hearth.Keeper.Guest;

namespace Hearth.Keeper.Streams;

/// <summary>
/// Copies bytes between a guest process's streams and the caller's, unchanged. A caller that stops reading, as in
/// <c>… | head -1</c>, ends the guest's stream too. The workload then gets a broken pipe, as it would on the host.
/// </summary>
internal sealed class StreamPump
{
    /// <summary>The kernel's pipe size: the most that one read can return.</summary>
    private const int BufferSizeInBytes = 64 << 10;

    private readonly Action firstOutput;
    private int sawOutput;

    private StreamPump(Action firstOutput) => this.firstOutput = firstOutput;

    /// <summary>Starts to copy the streams.</summary>
    /// <param name="process">Its streams are read to their ends.</param>
    /// <param name="streams">The caller's streams.</param>
    /// <param name="firstOutput">Called once, when the first byte of output has arrived.</param>
    /// <returns>Completes when both outputs have ended. Input stops when the process ends.</returns>
    public static Task StartAsync(GuestProcess process, WorkloadStreams streams, Action firstOutput)
    {
        var pump = new StreamPump(firstOutput);
        if (process.Input is not null && streams.Input is not null)
        {
            StartInput(streams.Input, process.Input);
        }

        Task output = pump.StartOutput(process.Output, streams.Output);
        return process.Error is null ? output : Task.WhenAll(output, pump.StartOutput(process.Error, streams.Error));
    }

    /// <summary>Uses a thread of its own, since a write to a slow reader blocks.</summary>
    private Task StartOutput(GuestDataStream from, Stream to) =>
        Task.Factory.StartNew(() => CarryOutput(from, to), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void CarryOutput(GuestDataStream from, Stream to)
    {
        byte[] buffer = new byte[BufferSizeInBytes];
        while (from.Read(buffer, 0, buffer.Length) is > 0 and int count)
        {
            if (Interlocked.Exchange(ref sawOutput, 1) == 0)
            {
                firstOutput();
            }

            try
            {
                to.Write(buffer, 0, count);
            }
            catch (IOException)
            {
                from.Reset("nobody reads the output any more");
                return;
            }
        }
    }

    /// <summary>Uses a thread of its own, since a read from a terminal blocks until a key is pressed.</summary>
    private static void StartInput(Stream from, GuestDataStream to) =>
        new Thread(() => CarryInput(from, to)) { IsBackground = true, Name = "stdin" }.Start();

    private static void CarryInput(Stream from, GuestDataStream to)
    {
        byte[] buffer = new byte[BufferSizeInBytes];
        try
        {
            while (from.Read(buffer) is > 0 and int count)
            {
                to.WriteAsync(buffer.AsMemory(0, count)).AsTask().GetAwaiter().GetResult();
            }

            to.CompleteAsync().GetAwaiter().GetResult();
        }
        catch (GuestProtocolException)
        {
            // The process closed its input or has ended: nothing reads what the caller types.
        }
        catch (IOException exception)
        {
            // A terminal that hung up, or a failing disk. The workload sees its input end here.
            to.Reset($"the caller's input failed: {exception.Message}");
        }
    }
}
