namespace Hearth.Network.Names;

/// <summary>A record of a message.</summary>
/// <param name="Name">Whose record it is.</param>
/// <param name="Type">What the data means.</param>
/// <param name="Class">1 for the Internet; in an OPT record, the sender's limit for datagrams in bytes.</param>
/// <param name="TimeToLive">Seconds; in an OPT record, flags.</param>
/// <param name="DataOffset">Where the data begins in the message.</param>
/// <param name="DataLength">The length of the data in bytes.</param>
internal sealed record DnsRecord(DnsName Name, DnsType Type, ushort Class, uint TimeToLive, int DataOffset, int DataLength);
