namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// A control message. Host to guest: <see cref="ConfigureGuest"/>, <see cref="StartProcess"/>, <see cref="ShutDownGuest"/>, and
/// every <see cref="GuestRequest"/>. Guest to host: <see cref="GuestHello"/>, <see cref="GuestConfigured"/>,
/// <see cref="ProcessStarted"/>, <see cref="ProcessFailed"/>, <see cref="ProcessExited"/>, <see cref="GuestEvent"/>,
/// <see cref="GuestFailed"/>, and every <see cref="GuestAnswer"/>. Each is one JSON object in one frame of the control stream.
/// </summary>
public abstract record GuestMessage;
