using System.Buffers.Binary;

namespace Hearth.Worker.Docker.Streams;

/// <summary>The stream of a frame, by docker's numbers.</summary>
internal enum FrameStream
{
    Output = 1,
    Error = 2,
}

/// <summary>docker's frames of output.</summary>
internal static class Frames
{
    private const int HeaderLength = 8;
    private const int LengthAt = 4;

    public static byte[] Make(ReadOnlySpan<byte> bytes, FrameStream stream)
    {
        byte[] frame = new byte[HeaderLength + bytes.Length];
        frame[0] = (byte)stream;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(LengthAt), bytes.Length);
        bytes.CopyTo(frame.AsSpan(HeaderLength));
        return frame;
    }
}
