using System.Buffers;

namespace Hearth.Shares;

/// <summary>A request between the reader and a serving thread, in pooled memory. Its last user returns the memory.</summary>
/// <param name="Unique">The kernel's number of the request.</param>
/// <param name="Memory">The rented memory, at least as long as the request.</param>
/// <param name="Length">The length of the request in bytes.</param>
internal readonly record struct RequestMessage(ulong Unique, byte[] Memory, int Length)
{
    public ReadOnlySpan<byte> Bytes => Memory.AsSpan(0, Length);

    public void Return() => ArrayPool<byte>.Shared.Return(Memory);
}
