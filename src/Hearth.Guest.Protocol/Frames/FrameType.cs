namespace Hearth.Guest.Protocol.Frames;

/// <summary>
/// The type of a frame, with its number on the wire. <see cref="FrameHeader"/> lists the sender and the payload of each.
/// </summary>
internal enum FrameType : byte
{
    Message = 1,
    Open = 2,
    Data = 3,
    End = 4,
    Credit = 5,
    Reset = 6,
}
