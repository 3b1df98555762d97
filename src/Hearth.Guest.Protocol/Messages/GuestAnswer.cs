namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// Guest to host: the answer to one <see cref="GuestRequest"/>. <see cref="RequestFailed"/> can answer any request;
/// <see cref="RequestDone"/> answers a request that returns no data.
/// </summary>
public abstract record GuestAnswer : GuestMessage
{
    /// <summary>The request's number.</summary>
    public uint RequestId { get; init; }
}
