using System.Net;

namespace Hearth.Linux.Network;

/// <summary>An address of an interface.</summary>
public sealed record AddressInfo(int Index, IPAddress Address, int PrefixLength);
