namespace Hearth.Network.Names;

/// <summary>The result in an answer's header: RFC 1035, 4.1.1.</summary>
internal enum DnsResponseCode : byte
{
    NoError = 0,

    /// <summary>FORMERR: the query is not understood.</summary>
    FormatError = 1,

    /// <summary>SERVFAIL: nobody who could know has answered.</summary>
    ServerFailure = 2,

    /// <summary>NXDOMAIN: the name does not exist, with no record of any type.</summary>
    NameError = 3,

    /// <summary>NOTIMP.</summary>
    NotImplemented = 4,

    Refused = 5,
}
