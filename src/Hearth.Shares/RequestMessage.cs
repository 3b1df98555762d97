using System.Buffers;

namespace Hearth.Shares;

/// <summary>A request on its way from the reader to a serving thread. Its memory is the pool's; who is done with it returns it.</summary>
/// <param name="Unique">The kernel's number of the request.</param>
/// <param name="Memory">Rented; at least as long as the request.</param>
/// <param name="Length">The request's, in bytes.</param>
internal readonly record struct RequestMessage(ulong Unique, byte[] Memory, int Length)
{
    public ReadOnlySpan<byte> Bytes => Memory.AsSpan(0, Length);

    public void Return() => ArrayPool<byte>.Shared.Return(Memory);
}
