using System.Buffers.Binary;
using Hearth.Containers;

namespace Hearth.Control;

/// <summary>
/// The head of what a keeper and a client send each other, as docker frames an attached container's streams; the length is
/// big-endian.
/// <code>
/// offset  size  field
///      0     1  kind       ControlFrameKind
///      1     3  zero
///      4     4  length     of the payload that follows, in bytes; of a stream, 0 ends it
/// </code>
/// </summary>
public readonly record struct ControlFrame(ControlFrameKind Kind, int Length)
{
    public const int SizeInBytes = 8;

    /// <summary>What one read of a full pipe brings.</summary>
    public const int MostDataBytes = 64 << 10;

    /// <summary>A description with a long environment and an argument list as long as execve takes.</summary>
    public const int MostMessageBytes = 4 << 20;

    /// <exception cref="HearthException">No frame that anybody may send.</exception>
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
            : throw new HearthException(HearthError.KeeperFailed, $"the other side of the control socket sent no frame: kind {head[0]}, length {length}");
    }

    public void Write(Span<byte> head)
    {
        head[0] = (byte)Kind;
        head[1..4].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(head[4..], (uint)Length);
    }
}

/// <summary>What a frame carries; the first three as docker numbers them.</summary>
public enum ControlFrameKind : byte
{
    Input = 0,
    Output = 1,
    Error = 2,

    /// <summary>One <see cref="ControlMessage"/> as JSON.</summary>
    Message = 3,
}
