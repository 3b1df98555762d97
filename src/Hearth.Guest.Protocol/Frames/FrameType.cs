namespace Hearth.Guest.Protocol.Frames;

/// <summary>What a frame is; the numbers stand on the wire. Who sends which, and with what payload: <see cref="FrameHeader"/>.</summary>
internal enum FrameType : byte
{
    Message = 1,
    Open = 2,
    Data = 3,
    End = 4,
    Credit = 5,
    Reset = 6,
}
