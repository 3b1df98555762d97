using System.Buffers;
using Hearth.Control;
using Hearth.Guest.Protocol;
using Hearth.Keeper.Guest;

namespace Hearth.Keeper.Sessions;

/// <summary>
/// Copies the streams of a process in the guest to and from the client that requested it. It uses no thread of its own: most
/// such processes end before a thread would have started. If the client disconnects, the process runs on without readers.
/// </summary>
internal static class ExecStreams
{
    /// <summary>Copies both outputs to their ends.</summary>
    public static Task CarryOutputAsync(GuestProcess process, ControlConnection connection)
    {
        Task output = CarryAsync(process.Output, connection, ControlFrameKind.Output);
        return process.Error is { } error ? Task.WhenAll(output, CarryAsync(error, connection, ControlFrameKind.Error)) : output;
    }

    /// <summary>Copies the client's input until the client ends it or the process no longer reads.</summary>
    public static async Task CarryInputAsync(Stream from, GuestDataStream to)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ControlFrame.MostDataBytes);
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
            }

            await to.CompleteAsync().ConfigureAwait(false);
        }
        catch (GuestProtocolException)
        {
            // The process closed its input or has ended: nothing reads what the client types.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task CarryAsync(GuestDataStream from, ControlConnection connection, ControlFrameKind kind)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ControlFrame.MostDataBytes);
        try
        {
            bool isRead = true;
            int count;
            while ((count = await from.ReadAsync(buffer.AsMemory(0, ControlFrame.MostDataBytes)).ConfigureAwait(false)) > 0)
            {
                isRead = isRead && await TrySendAsync(connection, kind, buffer.AsMemory(0, count)).ConfigureAwait(false);
            }
        }
        catch (GuestProtocolException)
        {
            // The client requested the reset, or the channel ended, which the process's end reports.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<bool> TrySendAsync(ControlConnection connection, ControlFrameKind kind, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await connection.SendAsync(kind, bytes).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
