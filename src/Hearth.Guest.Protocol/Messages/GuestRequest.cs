namespace Hearth.Guest.Protocol.Messages;

/// <summary>Host to guest: a request that gets exactly one <see cref="GuestAnswer"/>, in whatever order answers are ready.</summary>
public abstract record GuestRequest : GuestMessage
{
    /// <summary>The host's number for it; comes back in the answer. The guest makes nothing of it.</summary>
    public uint RequestId { get; init; }
}
