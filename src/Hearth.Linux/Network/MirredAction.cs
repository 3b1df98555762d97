using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>struct tc_mirred: what the action of a filter does with a packet.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MirredAction
{
    public uint Number;
    public uint Capabilities;
    public int Action;
    public int References;
    public int Bindings;
    public int EgressAction;
    public uint Index;
}
