using System.Security.Cryptography;

namespace Hearth.Containers.Volumes;

/// <summary>The names that volumes have, by docker's rule.</summary>
public static class VolumeName
{
    private const int MostCharacters = 128;
    private const int AnonymousBytes = 32;

    public static bool IsValid(string text) =>
        text.Length is > 1 and <= MostCharacters && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    /// <summary>A name for a volume that nobody named: 64 hexadecimal digits.</summary>
    public static string NewAnonymous() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(AnonymousBytes));

    /// <exception cref="HearthException">Not a name.</exception>
    public static void Require(string name)
    {
        if (!IsValid(name))
        {
            throw new HearthException(
                HearthError.InvalidRequest,
                $"'{name}' is no name of a volume: 2 to {MostCharacters} letters, digits, '_', '.' and '-', the first a letter or digit; a directory of the host needs its absolute path");
        }
    }
}
