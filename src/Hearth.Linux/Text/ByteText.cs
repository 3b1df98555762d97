using System.Buffers;
using System.Text;

namespace Hearth.Linux.Text;

/// <summary>
/// Bytes as .NET text without loss: arguments, environment variables and file names are bytes to the kernel, and need not be UTF-8.
/// What is valid UTF-8 is decoded as such. Each other byte becomes one character of a range for private use, U+F780 to U+F7FF. A
/// genuine character of that range is taken apart into such characters too, so each text stands for one sequence of bytes only.
/// JSON and every other UTF-8 format carry such a text as it is.
/// </summary>
public static class ByteText
{
    private const char FirstEscape = '\uf780';
    private const char LastEscape = '\uf7ff';

    /// <summary>An escape's character less this is its byte.</summary>
    private const int EscapeBase = 0xf700;

    /// <summary>The two kinds of characters that text may contain which the runtime has decoded from bytes with a loss.</summary>
    private static readonly SearchValues<char> Doubtful = SearchValues.Create(
        ['\ufffd', .. Enumerable.Range(FirstEscape, LastEscape - FirstEscape + 1).Select(code => (char)code)]);

    /// <summary>Any bytes as text; <see cref="Encode"/> is the way back.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        Span<char> units = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length);
            if (status == OperationStatus.Done && !IsEscape(rune))
            {
                text.Append(units[..rune.EncodeToUtf16(units)]);
            }
            else
            {
                foreach (byte value in bytes[..length])
                {
                    text.Append((char)(EscapeBase + value));
                }
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>The bytes that a text stands for. A surrogate without its other half, which no bytes decode to, becomes U+FFFD.</summary>
    public static byte[] Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstEscape, LastEscape))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        ArrayBufferWriter<byte> bytes = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsEscape(rune))
            {
                bytes.Write([(byte)(rune.Value - EscapeBase)]);
            }
            else
            {
                bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
            }
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Text that is meant as it is, from a JSON file for instance: its own characters of the private range are kept.</summary>
    public static string FromText(string text) =>
        text.AsSpan().ContainsAnyInRange(FirstEscape, LastEscape) ? Decode(Encoding.UTF8.GetBytes(text)) : text;

    /// <summary>True where text that the runtime decoded from bytes may stand for others, so that the bytes are to be looked at.</summary>
    public static bool IsDoubtful(string decoded) => decoded.AsSpan().ContainsAny(Doubtful);

    private static bool IsEscape(Rune rune) => rune.Value is >= FirstEscape and <= LastEscape;
}
