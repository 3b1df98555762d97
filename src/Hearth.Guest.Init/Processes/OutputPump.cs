using System.Buffers;
using Hearth.Guest.Init.Polling;
using Hearth.Guest.Protocol;

namespace Hearth.Guest.Init.Processes;

/// <summary>Carries a process's output to the host, at the host's pace.</summary>
internal static class OutputPump
{
    /// <summary>A pipe's capacity, so the most that one read can return.</summary>
    private const int BufferBytes = 65536;

    /// <summary>
    /// Runs until the source ends, or is empty after its <see cref="PolledDescriptor.Finish"/>; then ends the stream. If the host
    /// resets the stream, a pipe is closed, and its writer gets EPIPE. A terminal has no such error: its output is read and
    /// dropped.
    /// </summary>
    /// <param name="source">The process's output; closed here if the host resets the stream of a pipe.</param>
    /// <param name="stream">The stream to the host.</param>
    /// <param name="isPipe">False for a terminal.</param>
    /// <returns>True if the source has ended; false if <see cref="PolledDescriptor.Finish"/> stopped the reading.</returns>
    internal static async Task<bool> RunAsync(PolledDescriptor source, GuestDataStream stream, bool isPipe)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        bool isWanted = true;
        int count;
        while ((count = await source.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            isWanted = isWanted && await TryPassOnAsync(stream, buffer.AsMemory(0, count)).ConfigureAwait(false);
            if (!isWanted && isPipe)
            {
                source.Dispose();
                ArrayPool<byte>.Shared.Return(buffer);
                return true;
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
        if (isWanted)
        {
            await TryPassOnEndAsync(stream).ConfigureAwait(false);
        }

        return !source.IsFinishing;
    }

    /// <summary>Reads and drops the rest of the output, so that a remaining writer neither blocks nor gets EPIPE.</summary>
    internal static async Task DrainAsync(PolledDescriptor source)
    {
        source.Resume();
        byte[] buffer = new byte[BufferBytes];
        while (await source.ReadAsync(buffer).ConfigureAwait(false) > 0)
        {
        }
    }

    private static async Task<bool> TryPassOnAsync(GuestDataStream stream, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await stream.WriteAsync(bytes).ConfigureAwait(false);
            return true;
        }
        catch (GuestProtocolException)
        {
            // The host reset this stream, or the channel ended: then the main loop ends the guest too.
            return false;
        }
    }

    private static async Task TryPassOnEndAsync(GuestDataStream stream)
    {
        try
        {
            await stream.CompleteAsync().ConfigureAwait(false);
        }
        catch (GuestProtocolException)
        {
            // As above.
        }
    }
}
