using CsCheck;
using Hearth.Guest.Protocol.Streams;

namespace Hearth.Guest.Protocol.Tests;

public sealed class ByteRingTests
{
    private const int CapacityBytes = 10_000;

    [Fact]
    public void Whatever_is_written_comes_out_in_order_at_any_sizes()
    {
        Gen.Select(Gen.Int[0, 6000], Gen.Int[0, 6000]).Array[1, 50].Sample(
            static steps =>
            {
                ByteRing ring = new(CapacityBytes);
                Queue<byte> model = new();
                byte next = 0;
                foreach ((int toWrite, int toRead) in steps)
                {
                    byte[] bytes = new byte[Math.Min(toWrite, CapacityBytes - ring.Count)];
                    foreach (ref byte b in bytes.AsSpan())
                    {
                        b = next++;
                        model.Enqueue(b);
                    }

                    ring.Write(bytes);
                    byte[] read = new byte[toRead];
                    int count = ring.Read(read);
                    Assert.Equal(Math.Min(toRead, model.Count), count);
                    Assert.All(read[..count], b => Assert.Equal(model.Dequeue(), b));
                    Assert.Equal(model.Count, ring.Count);
                }
            },
            iter: 200);
    }
}
