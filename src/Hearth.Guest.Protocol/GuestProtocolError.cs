namespace Hearth.Guest.Protocol;

/// <summary>Why a channel, one of its streams, or an operation on them failed.</summary>
public enum GuestProtocolError
{
    /// <summary>This side or the peer closed the channel before the operation was done.</summary>
    Closed,

    /// <summary>The transport failed, or ended inside a frame.</summary>
    TransportFailed,

    /// <summary>The peer sent a frame that breaks the rules of <see cref="Frames.FrameHeader"/>.</summary>
    BadFrame,

    /// <summary>The peer sent more than it had credit for.</summary>
    CreditOverrun,

    /// <summary>A control message is not JSON, has an unknown type, or lacks a required member.</summary>
    BadMessage,

    /// <summary>
    /// A control message exceeds <see cref="GuestProtocol.MaxMessageBytes"/>, or a stream <see cref="GuestProtocol.MaxOpenStreams"/>.
    /// </summary>
    LimitExceeded,

    /// <summary>This side or the peer reset the stream; the channel continues.</summary>
    StreamReset,

    /// <summary>The peer speaks another version of the protocol.</summary>
    UnsupportedVersion,
}
