namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// Guest to host: the answer to one <see cref="GuestRequest"/>. Any may get <see cref="RequestFailed"/>; those that ask for
/// nothing but an act get <see cref="RequestDone"/>.
/// </summary>
public abstract record GuestAnswer : GuestMessage
{
    /// <summary>The request's number.</summary>
    public uint RequestId { get; init; }
}
