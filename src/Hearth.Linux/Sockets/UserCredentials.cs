using System.Runtime.InteropServices;

namespace Hearth.Linux.Sockets;

/// <summary>struct ucred of sys/socket.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UserCredentials
{
    public int Pid;
    public uint User;
    public uint Group;
}
