using System.Buffers;
using System.Buffers.Binary;

namespace Hearth.Control.Attachment;

/// <summary>The stream of a frame, by docker's numbers.</summary>
public enum FrameStream
{
    Output = 1,
    Error = 2,
}

/// <summary>docker's frames of output.</summary>
public static class Frames
{
    private const int HeaderLength = 8;
    private const int LengthAt = 4;

    public static byte[] Make(ReadOnlySpan<byte> bytes, FrameStream stream)
    {
        byte[] frame = new byte[HeaderLength + bytes.Length];
        FillHeader(frame, bytes.Length, stream);
        bytes.CopyTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    /// <summary>Begins a frame.</summary>
    public static void WriteHeader(IBufferWriter<byte> target, int length, FrameStream stream)
    {
        FillHeader(target.GetSpan(HeaderLength), length, stream);
        target.Advance(HeaderLength);
    }

    private static void FillHeader(Span<byte> frame, int length, FrameStream stream)
    {
        frame[..HeaderLength].Clear();
        frame[0] = (byte)stream;
        BinaryPrimitives.WriteInt32BigEndian(frame[LengthAt..], length);
    }
}
