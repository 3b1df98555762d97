using System.Buffers;
using System.Text;

namespace Hearth.Linux.Text;

/// <summary>
/// Converts bytes to .NET text without loss: arguments, environment variables and file names are bytes to the kernel and need
/// not be UTF-8. Valid UTF-8 is decoded as usual. Each other byte becomes one character of a private-use range, U+F780 to
/// U+F7FF. The bytes of a genuine character of that range become such characters too, so each text represents exactly one
/// byte sequence. JSON and every other UTF-8 format preserve such text.
/// </summary>
public static class ByteText
{
    private const char FirstEscape = '\uf780';
    private const char LastEscape = '\uf7ff';

    /// <summary>The difference between an escape character and its byte.</summary>
    private const int EscapeBase = 0xf700;

    /// <summary>Converts any bytes to text; <see cref="Encode"/> is the inverse.</summary>
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

    /// <summary>
    /// Returns the bytes that a text represents. An unpaired surrogate, which no bytes decode to, becomes U+FFFD.
    /// </summary>
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

    /// <summary>
    /// Converts ordinary text, for example from a JSON file, and preserves its own characters of the private-use range.
    /// </summary>
    public static string FromText(string text) =>
        text.AsSpan().ContainsAnyInRange(FirstEscape, LastEscape) ? Decode(Encoding.UTF8.GetBytes(text)) : text;

    /// <summary>
    /// True if text that the runtime decoded may represent other bytes, so that the original bytes must be checked.
    /// </summary>
    public static bool IsDoubtful(string decoded) => decoded.Contains('\ufffd', StringComparison.Ordinal) || decoded.AsSpan().ContainsAnyInRange(FirstEscape, LastEscape);

    private static bool IsEscape(Rune rune) => rune.Value is >= FirstEscape and <= LastEscape;
}
