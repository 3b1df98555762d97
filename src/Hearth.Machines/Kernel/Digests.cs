using System.Security.Cryptography;

namespace Hearth.Machines.Kernel;

/// <summary>SHA-256 in lower-case hexadecimal.</summary>
internal static class Digests
{
    internal static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    internal static string OfFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
