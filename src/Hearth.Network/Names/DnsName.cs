using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Hearth.Network.Names;

/// <summary>
/// A domain name in lower case. As bytes it is a sequence of labels, each after its length, and ends with a length of 0. In a
/// message, the end may be a pointer to an earlier name instead (RFC 1035, 4.1.4). As text, a dot or a byte that is not
/// printable within a label is written as <c>\DDD</c>, so that two names never have the same text.
/// </summary>
internal sealed record DnsName
{
    public const int MaxBytes = 255;

    private const int MaxLabelBytes = 63;
    private const int PointerMask = 0xc0;
    private const int PointerBytes = 2;

    /// <summary>More pointers than the labels that a name can have serve only to keep the reader busy.</summary>
    private const int MaxPointers = 127;

    private string? text;

    private DnsName(byte[] bytes) => Bytes = bytes;

    /// <summary>The labels and the final 0, without pointers.</summary>
    public byte[] Bytes { get; }

    /// <summary>The labels with dots between them and none at the end; empty for the root.</summary>
    public string Text => text ??= Describe(Bytes);

    public bool Equals(DnsName? other) => other is not null && Bytes.AsSpan().SequenceEqual(other.Bytes);

    public override int GetHashCode()
    {
        HashCode code = default;
        code.AddBytes(Bytes);
        return code.ToHashCode();
    }

    /// <summary>Reads a name of a message.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="offset">Where the name begins; afterwards, what follows it.</param>
    /// <param name="name">The name.</param>
    /// <returns>False if it is no name. A pointer has to lead to an earlier byte than all before it, so none can be a circle.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, ref int offset, [NotNullWhen(true)] out DnsName? name)
    {
        name = null;
        Span<byte> bytes = stackalloc byte[MaxBytes];
        int length = 0;
        int at = offset;
        int lowest = offset;
        int end = -1;
        int pointers = 0;
        while (at < message.Length)
        {
            int head = message[at];
            if ((head & PointerMask) == PointerMask)
            {
                if (at + PointerBytes > message.Length)
                {
                    return false;
                }

                int target = ((head & ~PointerMask) << 8) | message[at + 1];
                end = end < 0 ? at + PointerBytes : end;
                if (target >= lowest || ++pointers > MaxPointers)
                {
                    return false;
                }

                at = lowest = target;
                continue;
            }

            int label = head + 1;
            if (head > MaxLabelBytes || at + label > message.Length || length + label > MaxBytes)
            {
                return false;
            }

            message.Slice(at, label).CopyTo(bytes[length..]);
            length += label;
            at += label;
            if (head == 0)
            {
                offset = end < 0 ? at : end;
                name = new DnsName(ToLowerCase(bytes[..length]));
                return true;
            }
        }

        return false;
    }

    /// <summary>Encodes a name without escapes, such as a container's.</summary>
    /// <returns>Null if it cannot be a domain name.</returns>
    public static DnsName? TryParse(string text)
    {
        List<byte> bytes = [];
        foreach (string label in text.Split('.'))
        {
            byte[] encoded = Encoding.UTF8.GetBytes(label);
            if (encoded.Length is 0 or > MaxLabelBytes)
            {
                return null;
            }

            bytes.Add((byte)encoded.Length);
            bytes.AddRange(encoded);
        }

        bytes.Add(0);
        return bytes.Count <= MaxBytes ? new DnsName(ToLowerCase([.. bytes])) : null;
    }

    /// <summary>A length is at most 63 and so never a letter.</summary>
    private static byte[] ToLowerCase(ReadOnlySpan<byte> bytes)
    {
        byte[] lower = new byte[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            lower[i] = bytes[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(bytes[i] | 0x20) : bytes[i];
        }

        return lower;
    }

    private static string Describe(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        for (int at = 0; bytes[at] != 0; at += bytes[at] + 1)
        {
            if (at > 0)
            {
                text.Append('.');
            }

            foreach (byte value in bytes.Slice(at + 1, bytes[at]))
            {
                bool isPlain = value is > (byte)' ' and < 0x7f and not ((byte)'.' or (byte)'\\');
                text.Append(isPlain ? ((char)value).ToString() : $"\\{value:d3}");
            }
        }

        return text.ToString();
    }
}
