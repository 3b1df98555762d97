using System.Buffers.Binary;
using Hearth.Guest.Protocol.Names;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Network.Names;

/// <summary>
/// A TCP client of the resolver. Each message has its length before it, in network byte order (RFC 1035, 4.2.2). The connection
/// has one query at a time; further ones stay in the kernel's buffer until the answer is written. Not thread-safe.
/// </summary>
/// <param name="socket">The connection, which never blocks; this object owns it.</param>
/// <param name="token">The number of its reports.</param>
internal sealed class NameConnection(SafeFileHandle socket, ulong token) : IDisposable
{
    private const int LengthBytes = sizeof(ushort);

    private readonly byte[] input = new byte[LengthBytes + NameFrame.MaxQueryBytes];
    private byte[] output = [];
    private int received;
    private int sent;

    internal SafeFileHandle Socket => socket;

    internal ulong Token => token;

    /// <summary>True from a query to its answer.</summary>
    internal bool IsWaiting { get; set; }

    /// <summary>When it last sent or took something, in milliseconds of the guest's uptime.</summary>
    internal double ActiveMs { get; set; }

    internal bool IsClosed => socket.IsClosed;

    /// <summary>The query after <see cref="TryReceive"/> returned <see cref="Errno.None"/>.</summary>
    internal ReadOnlySpan<byte> Query => input.AsSpan(LengthBytes, received - LengthBytes);

    /// <summary>Receives the rest of a query, and none of the next one.</summary>
    /// <returns>None for a whole query; EAGAIN if more has to come; EPIPE at the end or if it is no query.</returns>
    internal Errno TryReceive()
    {
        while (true)
        {
            int needed = received < LengthBytes ? LengthBytes : LengthBytes + BinaryPrimitives.ReadUInt16BigEndian(input);
            if (received >= LengthBytes && needed is < LengthBytes + NameFrame.MinMessageBytes or > LengthBytes + NameFrame.MaxQueryBytes)
            {
                return Errno.EPIPE;
            }

            if (received == needed)
            {
                return Errno.None;
            }

            Errno errno = DescriptorIO.TryRead(socket, input.AsSpan(received, needed - received), out int count);
            if (errno != Errno.None || count == 0)
            {
                return errno == Errno.EAGAIN ? errno : Errno.EPIPE;
            }

            received += count;
        }
    }

    /// <summary>Takes an answer to write, and forgets the query.</summary>
    internal void Answer(ReadOnlySpan<byte> answer)
    {
        output = new byte[LengthBytes + answer.Length];
        BinaryPrimitives.WriteUInt16BigEndian(output, (ushort)answer.Length);
        answer.CopyTo(output.AsSpan(LengthBytes));
        sent = 0;
        received = 0;
        IsWaiting = false;
    }

    /// <summary>Writes the rest of the answer.</summary>
    /// <returns>None when all is written; EAGAIN if the client has to read first.</returns>
    internal Errno TrySend()
    {
        while (sent < output.Length)
        {
            Errno errno = DescriptorIO.TryWrite(socket, output.AsSpan(sent), out int count);
            if (errno != Errno.None)
            {
                return errno;
            }

            sent += count;
        }

        output = [];
        sent = 0;
        return Errno.None;
    }

    public void Dispose() => socket.Dispose();
}
