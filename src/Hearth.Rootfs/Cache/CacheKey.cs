using System.Security.Cryptography;
using System.Text;

namespace Hearth.Rootfs.Cache;

/// <summary>The key of something in the cache: a SHA-256 over everything it depends on, as lowercase hex digits.</summary>
public readonly record struct CacheKey(string Hex)
{
    /// <summary>64 hex digits, and so always valid as a file name.</summary>
    private const int HexLength = 2 * SHA256.HashSizeInBytes;

    /// <param name="parts">In this order. Different parts always give different keys, also where their concatenation is the same.</param>
    public static CacheKey Of(params IEnumerable<string> parts)
    {
        var text = new StringBuilder();
        foreach (string part in parts)
        {
            text.Append(part.Length).Append(':').Append(part);
        }

        return new CacheKey(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))));
    }

    public static bool TryParse(string text, out CacheKey key)
    {
        key = new CacheKey(text);
        return text.Length == HexLength && text.All(char.IsAsciiHexDigitLower);
    }

    public override string ToString() => Hex;
}
