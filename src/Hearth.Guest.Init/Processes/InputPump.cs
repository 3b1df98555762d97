using Hearth.Guest.Init.Polling;
using Hearth.Guest.Protocol;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Processes;

/// <summary>Carries bytes from the host to a process's standard input.</summary>
internal static class InputPump
{
    private const int BufferBytes = 65536;

    /// <summary>
    /// Runs until the host ends the stream, the process closes its end, or the process has ended. When the host ends the stream, the
    /// pipe is closed. A terminal gets its end-of-file character instead, since its master cannot be closed in one direction.
    /// </summary>
    /// <param name="stream">The stream from the host.</param>
    /// <param name="target">The end of the pipe or terminal; this method closes it.</param>
    /// <param name="terminal">The terminal, if the target is one.</param>
    /// <param name="processEnded">Cancelled when the process has ended.</param>
    internal static async Task RunAsync(
        GuestDataStream stream, PolledDescriptor target, SafeFileHandle? terminal, CancellationToken processEnded)
    {
        using CancellationTokenRegistration finishing = processEnded.UnsafeRegister(_ => target.Finish(), null);
        byte[] buffer = new byte[BufferBytes];
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer, processEnded).ConfigureAwait(false)) > 0)
            {
                if (!await target.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false))
                {
                    stream.Reset("the process has closed its standard input");
                    return;
                }
            }

            if (terminal is not null && PseudoTerminals.ReadEndOfFileCharacter(terminal) is { } endOfFile)
            {
                await target.WriteAsync(new[] { endOfFile }).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            stream.Reset("the process has ended");
        }
        catch (GuestProtocolException)
        {
            // The host reset the stream, or the channel ended: for the process, its input has ended.
        }
        finally
        {
            target.Dispose();
        }
    }
}
