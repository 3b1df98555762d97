using System.Buffers;
using Hearth.Guest.Init.Polling;
using Hearth.Guest.Protocol;

namespace Hearth.Guest.Init.Processes;

/// <summary>Carries what a process writes to the host, at the host's pace.</summary>
internal static class OutputPump
{
    /// <summary>What a pipe holds: more would never come at once.</summary>
    private const int BufferBytes = 65536;

    /// <summary>
    /// Runs until the source ends, or is empty after its <see cref="PolledDescriptor.Finish"/>; then ends the stream. When the
    /// host gives the stream up, so is the source: its writer meets a broken pipe. A terminal has none: what is written to that is
    /// read, and dropped.
    /// </summary>
    /// <param name="source">What the process writes; closed here where the host gives up a pipe.</param>
    /// <param name="stream">To the host.</param>
    /// <param name="isPipe">False for a terminal.</param>
    /// <returns>True when the source has ended; false when it was left by its finish, with a writer still there.</returns>
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

    /// <summary>Reads to the very end what nobody wants any more, so that a writer left behind does not block or break.</summary>
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
            // The host gave up this stream, or the channel ended: then the guest ends too, by its main loop.
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
