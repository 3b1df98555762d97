namespace Hearth.Guest.Protocol;

/// <summary>The sides of a data stream that may write, with their numbers on the wire.</summary>
[Flags]
public enum StreamDirection : byte
{
    None = 0,
    HostToGuest = 1,
    GuestToHost = 2,
    Both = HostToGuest | GuestToHost,
}
