namespace Hearth.Guest.Protocol.Messages;

/// <summary>Host to guest: a request. Exactly one <see cref="GuestAnswer"/> answers it; answers arrive in any order.</summary>
public abstract record GuestRequest : GuestMessage
{
    /// <summary>The host's number for the request. The answer returns it; the guest does not interpret it.</summary>
    public uint RequestId { get; init; }
}
