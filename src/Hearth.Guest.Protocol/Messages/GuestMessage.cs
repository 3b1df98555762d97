namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// A control message. Host to guest: <see cref="ConfigureGuest"/>, <see cref="StartProcess"/>, <see cref="SignalProcess"/>,
/// <see cref="ResizeTerminal"/>, <see cref="ShutDownGuest"/>. Guest to host: <see cref="GuestHello"/>,
/// <see cref="GuestConfigured"/>, <see cref="ProcessStarted"/>, <see cref="ProcessFailed"/>, <see cref="ProcessExited"/>,
/// <see cref="GuestFailed"/>. One JSON object a frame, on the channel's control stream.
/// </summary>
public abstract record GuestMessage;
