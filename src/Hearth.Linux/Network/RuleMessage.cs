using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>struct fib_rule_hdr: the fixed part of a message about a rule that chooses a routing table.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RuleMessage
{
    public byte Family;
    public byte DestinationLength;
    public byte SourceLength;
    public byte TypeOfService;
    public byte Table;
    public byte Reserved1;
    public byte Reserved2;
    public byte Action;
    public uint Flags;
}
