using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>struct nfgenmsg: the fixed part of a message of nfnetlink.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NfGenericMessage
{
    public byte Family;
    public byte Version;
    public ushort Resource;
}
