namespace Hearth.Guest.Protocol.Names;

/// <summary>How a query reached the guest's resolver, with its number on the wire.</summary>
public enum NameTransport : byte
{
    /// <summary>By UDP: the host cuts an answer that is longer than the query allows.</summary>
    Datagram = 1,

    /// <summary>By TCP: an answer may have 65,535 bytes.</summary>
    Stream = 2,
}
