using Hearth.Guest.Init.Polling;
using Hearth.Guest.Protocol;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Processes;

/// <summary>Carries what the host sends to a process's standard input.</summary>
internal static class InputPump
{
    private const int BufferBytes = 65536;

    /// <summary>
    /// Runs until the host ends the stream, the process closes its end, or the process is gone. The host's end closes the
    /// pipe; a terminal is sent its end-of-file character instead, as its master cannot be half closed.
    /// </summary>
    /// <param name="stream">From the host.</param>
    /// <param name="target">To the process; closed here.</param>
    /// <param name="terminal">The terminal behind the target, if it is one.</param>
    /// <param name="processEnded">Cancelled when the process is gone.</param>
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
            // The host gave up the stream, or the channel ended: for the process, its input has ended.
        }
        finally
        {
            target.Dispose();
        }
    }
}
