namespace Hearth.Guest.Protocol;

/// <summary>Which sides of a data stream may write; the numbers stand on the wire.</summary>
[Flags]
public enum StreamDirection : byte
{
    None = 0,
    HostToGuest = 1,
    GuestToHost = 2,
    Both = HostToGuest | GuestToHost,
}
