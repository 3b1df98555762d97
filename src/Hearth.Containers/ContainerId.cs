using System.Security.Cryptography;

namespace Hearth.Containers;

/// <summary>A container's unique identifier: 64 hexadecimal digits, as docker's.</summary>
public readonly record struct ContainerId
{
    private const int LengthInBytes = 32;
    private const int ShortLength = 12;

    private readonly string digits;

    private ContainerId(string digits) => this.digits = digits;

    /// <summary>The digits shown to users; also a guest's default host name.</summary>
    public string Short => digits[..ShortLength];

    public static ContainerId New() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(LengthInBytes)));

    public static bool TryParse(string text, out ContainerId id)
    {
        bool valid = text.Length == LengthInBytes * 2 && text.All(char.IsAsciiHexDigitLower);
        id = valid ? new ContainerId(text) : default;
        return valid;
    }

    public override string ToString() => digits;
}
