using System.Buffers;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Memory;

/// <summary>
/// Page-aligned memory outside the garbage-collected heap, not zeroed. Untouched pages of a large buffer use no memory. Must
/// not be used after disposal.
/// </summary>
public sealed unsafe class NativeBuffer : MemoryManager<byte>
{
    private readonly int sizeInBytes;
    private byte* start;

    public NativeBuffer(int sizeInBytes)
    {
        this.sizeInBytes = sizeInBytes;
        start = (byte*)NativeMemory.AlignedAlloc((nuint)sizeInBytes, (nuint)Environment.SystemPageSize);
    }

    public override Span<byte> GetSpan() => new(start, sizeInBytes);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        NativeMemory.AlignedFree(start);
        start = null;
    }
}
