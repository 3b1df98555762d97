using System.Buffers.Binary;
using Hearth.Containers;

namespace Hearth.Control;

/// <summary>
/// The header of each frame between a keeper and a client. It has docker's form for the streams of an attached container. The
/// length is big-endian.
/// <code>
/// offset  size  field
///      0     1  kind       ControlFrameKind
///      1     3  zero
///      4     4  length     of the payload that follows, in bytes; 0 ends a stream
/// </code>
/// </summary>
public readonly record struct ControlFrame(ControlFrameKind Kind, int Length)
{
    public const int SizeInBytes = 8;

    /// <summary>The size of a full pipe: the most that one read returns.</summary>
    public const int MostDataBytes = 64 << 10;

    /// <summary>Fits a description with a long environment and the longest argument list that execve accepts.</summary>
    public const int MostMessageBytes = 4 << 20;

    /// <exception cref="HearthException">The header is invalid.</exception>
    public static ControlFrame Read(ReadOnlySpan<byte> head)
    {
        var kind = (ControlFrameKind)head[0];
        uint length = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        uint most = kind switch
        {
            ControlFrameKind.Input or ControlFrameKind.Output or ControlFrameKind.Error => MostDataBytes,
            ControlFrameKind.Message => MostMessageBytes,
            _ => 0,
        };
        return most > 0 && length <= most && (head[1] | head[2] | head[3]) == 0
            ? new ControlFrame(kind, (int)length)
            : throw new HearthException(HearthError.KeeperFailed, $"cannot read a frame from the control socket: its kind is {head[0]} and its length {length}");
    }

    public void Write(Span<byte> head)
    {
        head[0] = (byte)Kind;
        head[1..4].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(head[4..], (uint)Length);
    }
}

/// <summary>The content of a frame. The first three have docker's numbers.</summary>
public enum ControlFrameKind : byte
{
    Input = 0,
    Output = 1,
    Error = 2,

    /// <summary>One <see cref="ControlMessage"/> as JSON.</summary>
    Message = 3,
}
