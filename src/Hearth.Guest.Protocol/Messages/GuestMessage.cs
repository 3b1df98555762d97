using System.Text.Json.Serialization;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// A control message. Host to guest: <see cref="ConfigureGuest"/>, <see cref="StartProcess"/>, <see cref="SignalProcess"/>,
/// <see cref="ResizeTerminal"/>, <see cref="ShutDownGuest"/>. Guest to host: <see cref="GuestHello"/>,
/// <see cref="GuestConfigured"/>, <see cref="ProcessStarted"/>, <see cref="ProcessFailed"/>, <see cref="ProcessExited"/>,
/// <see cref="GuestFailed"/>. One JSON object a frame, on the channel's control stream.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ConfigureGuest), "configure")]
[JsonDerivedType(typeof(StartProcess), "start")]
[JsonDerivedType(typeof(SignalProcess), "signal")]
[JsonDerivedType(typeof(ResizeTerminal), "resize")]
[JsonDerivedType(typeof(ShutDownGuest), "shutdown")]
[JsonDerivedType(typeof(GuestHello), "hello")]
[JsonDerivedType(typeof(GuestConfigured), "configured")]
[JsonDerivedType(typeof(ProcessStarted), "started")]
[JsonDerivedType(typeof(ProcessFailed), "failed")]
[JsonDerivedType(typeof(ProcessExited), "exited")]
[JsonDerivedType(typeof(GuestFailed), "error")]
public abstract record GuestMessage;
