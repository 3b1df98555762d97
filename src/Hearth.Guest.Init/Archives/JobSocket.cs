using System.Buffers.Binary;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Archives;

/// <summary>
/// The socket between init and a copy of it. Init sends a job, as its length and its bytes. The copy sends the answer, which
/// lasts to the end of the stream.
/// </summary>
internal static class JobSocket
{
    /// <summary>The number of the copy's descriptor.</summary>
    internal const int Number = 3;

    /// <summary>Puts the length before a job.</summary>
    internal static byte[] Frame(ReadOnlySpan<byte> job)
    {
        byte[] framed = new byte[sizeof(int) + job.Length];
        BinaryPrimitives.WriteInt32LittleEndian(framed, job.Length);
        job.CopyTo(framed.AsSpan(sizeof(int)));
        return framed;
    }

    /// <summary>Waits for the job.</summary>
    /// <returns>The job; null if init closed the socket without one.</returns>
    internal static byte[]? Read(SafeFileHandle socket)
    {
        byte[] length = new byte[sizeof(int)];
        if (!ReadFully(socket, length))
        {
            return null;
        }

        byte[] job = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        return ReadFully(socket, job) ? job : null;
    }

    private static bool ReadFully(SafeFileHandle socket, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = DescriptorIO.Read(socket, buffer);
            if (count == 0)
            {
                return false;
            }

            buffer = buffer[count..];
        }

        return true;
    }
}
