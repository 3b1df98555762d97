using System.Buffers.Binary;
using System.Net.Sockets;

namespace Hearth.Network.UserMode;

/// <summary>
/// Carries frames between a VMM and the process that makes its connections, both ways, each direction on a thread of its own. A frame
/// comes after its length in 4 bytes. What the guest may not send is dropped.
/// </summary>
internal sealed class FrameRelay : IDisposable
{
    private const int LengthBytes = sizeof(uint);
    private const int BufferBytes = 512 << 10;

    /// <summary>More than QEMU sends.</summary>
    private const int MostFrameBytes = 128 << 10;

    private readonly Socket guest;
    private readonly Socket host;
    private readonly Thread[] threads;

    /// <param name="guest">The socket whose other end the VMM has; the relay takes ownership.</param>
    /// <param name="host">The socket whose other end the other process has; the relay takes ownership.</param>
    /// <param name="filter">Judges the guest's frames.</param>
    public FrameRelay(Socket guest, Socket host, FrameFilter filter)
    {
        this.guest = guest;
        this.host = host;
        threads =
        [
            new Thread(() => Run(() => Carry(guest, host, Judge))) { IsBackground = true, Name = "frames out" },
            new Thread(() => Run(() => Carry(host, guest, Learn))) { IsBackground = true, Name = "frames in" },
        ];
        Array.ForEach(threads, thread => thread.Start());

        bool Judge(ReadOnlySpan<byte> frame) => Sent.Add(frame.Length, filter.Admits(frame));

        bool Learn(ReadOnlySpan<byte> frame)
        {
            filter.Learn(frame);
            return Received.Add(frame.Length, isAdmitted: true);
        }
    }

    /// <summary>What the guest has sent.</summary>
    public FrameTally Sent { get; } = new();

    /// <summary>What the guest has received.</summary>
    public FrameTally Received { get; } = new();

    private delegate bool JudgeFrame(ReadOnlySpan<byte> frame);

    public void Dispose()
    {
        Close();
        Array.ForEach(threads, thread => thread.Join());
    }

    private void Run(Action carry)
    {
        try
        {
            carry();
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // One end is closed.
        }

        Close();
    }

    private void Close()
    {
        guest.Dispose();
        host.Dispose();
    }

    /// <summary>Carries one direction. What an end sends in parts is judged when a frame is complete.</summary>
    private static void Carry(Socket from, Socket to, JudgeFrame admits)
    {
        byte[] buffer = new byte[BufferBytes];
        int filled = 0;
        int count;
        while ((count = from.Receive(buffer.AsSpan(filled))) > 0)
        {
            filled += count;
            if (!TryTake(buffer.AsSpan(0, filled), admits, out int admitted, out int rest))
            {
                return; // Neither program sends such a length.
            }

            SendAll(to, buffer.AsSpan(0, admitted));
            buffer.AsSpan(filled - rest, rest).CopyTo(buffer);
            filled = rest;
        }
    }

    /// <summary>Moves the admitted frames together at the buffer's beginning.</summary>
    /// <param name="bytes">What has been received.</param>
    /// <param name="admits">Judges a frame.</param>
    /// <param name="admitted">The length of the admitted frames.</param>
    /// <param name="rest">The length of the incomplete frame at the end.</param>
    /// <returns>False for a frame that is too long.</returns>
    private static bool TryTake(Span<byte> bytes, JudgeFrame admits, out int admitted, out int rest)
    {
        admitted = 0;
        int position = 0;
        while (bytes.Length - position >= LengthBytes)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes[position..]);
            if (length > MostFrameBytes)
            {
                rest = 0;
                return false;
            }

            int whole = LengthBytes + (int)length;
            if (bytes.Length - position < whole)
            {
                break;
            }

            if (admits(bytes.Slice(position + LengthBytes, (int)length)))
            {
                if (admitted != position)
                {
                    bytes.Slice(position, whole).CopyTo(bytes[admitted..]);
                }

                admitted += whole;
            }

            position += whole;
        }

        rest = bytes.Length - position;
        return true;
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }
}
