namespace Hearth.Machines.Processes;

/// <summary>Reads a VMM's output to its end, so the VMM never waits for a reader.</summary>
internal static class VmmOutput
{
    private const int BufferBytes = 16 << 10;

    /// <summary>Reads a stream to its end and disposes it.</summary>
    internal static async Task DrainAsync(Stream stream, Action<ReadOnlySpan<byte>> take)
    {
        await using (stream.ConfigureAwait(false))
        {
            byte[] buffer = new byte[BufferBytes];
            try
            {
                while (await stream.ReadAsync(buffer).ConfigureAwait(false) is > 0 and int count)
                {
                    take(buffer.AsSpan(0, count));
                }
            }
            catch (IOException)
            {
                // A killed process resets its sockets, which is an end too. The receivers of the bytes do not throw this exception.
            }
        }
    }
}
