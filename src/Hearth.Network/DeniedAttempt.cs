using System.Net;

namespace Hearth.Network;

/// <summary>A destination that a guest was refused.</summary>
/// <param name="Address">Where it wanted to connect to.</param>
/// <param name="Protocol">Such as <c>tcp</c> or <c>icmp</c>.</param>
/// <param name="Port">The port; 0 for protocols without ports.</param>
/// <param name="Packets">How many packets were refused.</param>
public sealed record DeniedAttempt(IPAddress Address, string Protocol, ushort Port, long Packets);
