using System.Text;
using Hearth.Containers.Health;

namespace Hearth.Keeper.Health;

/// <summary>The first bytes of a check's outputs, from two streams at the same time.</summary>
internal sealed class OutputHead
{
    private readonly Lock gate = new();
    private readonly byte[] head = new byte[HealthProbe.MostOutputBytes];
    private int length;

    public string Text
    {
        get
        {
            lock (gate)
            {
                return Encoding.UTF8.GetString(head, 0, length);
            }
        }
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            ReadOnlySpan<byte> part = bytes[..Math.Min(bytes.Length, head.Length - length)];
            part.CopyTo(head.AsSpan(length));
            length += part.Length;
        }
    }
}
