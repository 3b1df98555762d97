namespace Hearth.Network.Names;

/// <summary>The types of records with a meaning here, by their numbers in IANA's registry. Others are passed on.</summary>
public enum DnsType : ushort
{
    Address = 1,
    CanonicalName = 5,
    Pointer = 12,
    Ipv6Address = 28,

    /// <summary>OPT: the pseudo-record of EDNS, RFC 6891.</summary>
    Options = 41,

    /// <summary>SVCB, RFC 9460: its parameters have addresses and keys.</summary>
    Service = 64,

    /// <summary>HTTPS: a <see cref="Service"/> of web servers.</summary>
    WebService = 65,

    /// <summary>In a question: all records of the name.</summary>
    Any = 255,
}
