using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>struct tc_u32_sel with one struct tc_u32_key: which packets a u32 filter matches. All zeros match every packet.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PacketSelector
{
    public byte Flags;
    public byte OffsetShift;
    public byte KeyCount;
    public ushort OffsetMask;
    public ushort Offset;
    public short OffsetOfOffset;
    public short HashOffset;
    public uint HashMask;
    public uint KeyMask;
    public uint KeyValue;
    public int KeyOffset;
    public int KeyOffsetMask;
}
