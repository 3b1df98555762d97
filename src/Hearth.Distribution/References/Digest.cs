using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Hearth.Distribution.References;

/// <summary>
/// The digest that names a blob (image-spec, descriptor.md): <c>sha256:</c> and 64, or <c>sha512:</c> and 128 lowercase
/// hexadecimal digits.
/// </summary>
public readonly record struct Digest
{
    private const string Sha256Prefix = "sha256:";
    private const string Sha512Prefix = "sha512:";
    private static readonly SearchValues<char> hexDigits = SearchValues.Create("0123456789abcdef");

    private readonly string? text;

    private Digest(string text) => this.text = text;

    /// <summary>The hash's name: <c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm => Text[..Text.IndexOf(':', StringComparison.Ordinal)];

    public string Hex => Text[(Text.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>The first twelve hexadecimal digits, as docker shows them.</summary>
    public string Short => Hex[..12];

    private string Text => text ?? throw new InvalidOperationException("the digest has no value");

    /// <param name="hash">32 bytes of SHA-256.</param>
    public static Digest FromSha256(ReadOnlySpan<byte> hash) => new(Sha256Prefix + Convert.ToHexStringLower(hash));

    /// <summary>The SHA-256 of bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> bytes) => FromSha256(SHA256.HashData(bytes));

    /// <param name="digits">Hexadecimal digits. SHA-512 has more of them than SHA-256.</param>
    /// <exception cref="ImageException">They are no digest's.</exception>
    public static Digest FromHex(string digits) => Parse((digits.Length > 2 * SHA256.HashSizeInBytes ? Sha512Prefix : Sha256Prefix) + digits);

    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        bool isValid = text is not null
            && (HasForm(text, Sha256Prefix, SHA256.HashSizeInBytes) || HasForm(text, Sha512Prefix, SHA512.HashSizeInBytes));
        digest = isValid ? new Digest(text!) : default;
        return isValid;
    }

    /// <exception cref="ImageException">The text is not a digest.</exception>
    public static Digest Parse(string? text) => TryParse(text, out Digest digest)
        ? digest
        : throw new ImageException(ImageError.Malformed, $"cannot use the digest '{text}': it is not sha256: or sha512: and lowercase hexadecimal digits");

    /// <summary>An empty hash of this digest's algorithm.</summary>
    public IncrementalHash CreateHash() => IncrementalHash.CreateHash(Algorithm == "sha256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512);

    /// <summary>The digest by this one's algorithm that a hash is.</summary>
    public Digest With(ReadOnlySpan<byte> hash) => new($"{Algorithm}:{Convert.ToHexStringLower(hash)}");

    /// <summary>Whether a hash of <see cref="Algorithm"/> is the one that this digest names.</summary>
    public bool Matches(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash) == Hex;

    /// <summary>Whether this is the digest of the bytes.</summary>
    public bool IsOf(ReadOnlySpan<byte> bytes) => Matches(Algorithm == "sha256" ? SHA256.HashData(bytes) : SHA512.HashData(bytes));

    public override string ToString() => text ?? "";

    private static bool HasForm(string text, string prefix, int hashBytes) =>
        text.Length == prefix.Length + (2 * hashBytes)
        && text.StartsWith(prefix, StringComparison.Ordinal)
        && text.AsSpan(prefix.Length).IndexOfAnyExcept(hexDigits) < 0;
}
