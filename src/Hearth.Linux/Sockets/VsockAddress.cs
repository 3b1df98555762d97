namespace Hearth.Linux.Sockets;

/// <summary>struct sockaddr_vm: 16 bytes.</summary>
internal struct VsockAddress
{
    internal ushort Family;
    internal ushort Reserved;
    internal uint Port;
    internal uint ContextId;
    internal byte Flags;
    internal byte Zero1;
    internal byte Zero2;
    internal byte Zero3;
}
