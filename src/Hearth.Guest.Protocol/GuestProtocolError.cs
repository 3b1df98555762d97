namespace Hearth.Guest.Protocol;

/// <summary>Why a channel, one of its streams, or an operation on them failed.</summary>
public enum GuestProtocolError
{
    /// <summary>The channel was closed, here or by the peer, before the operation was done.</summary>
    Closed,

    /// <summary>The transport failed, or ended inside a frame.</summary>
    TransportFailed,

    /// <summary>The peer sent a frame that breaks the rules of <see cref="Frames.FrameHeader"/>.</summary>
    BadFrame,

    /// <summary>The peer sent more than it had credit for.</summary>
    CreditOverrun,

    /// <summary>A control message that is not JSON, is of an unknown type, or lacks what it must have.</summary>
    BadMessage,

    /// <summary>A control message above <see cref="GuestProtocol.MaxMessageBytes"/>, or a stream above <see cref="GuestProtocol.MaxOpenStreams"/>.</summary>
    LimitExceeded,

    /// <summary>The stream was given up, here or by the peer; the channel lives on.</summary>
    StreamReset,

    /// <summary>The peer speaks another version of the protocol.</summary>
    UnsupportedVersion,
}
