using System.Security.Cryptography;

namespace Hearth.Containers.Volumes;

/// <summary>The names of volumes, by docker's rule.</summary>
public static class VolumeName
{
    private const int MostCharacters = 128;
    private const int AnonymousBytes = 32;

    public static bool IsValid(string text) =>
        text.Length is > 1 and <= MostCharacters && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    /// <summary>Generates a name for an anonymous volume: 64 hexadecimal digits.</summary>
    public static string NewAnonymous() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(AnonymousBytes));

    /// <exception cref="HearthException">The name is invalid.</exception>
    public static void Require(string name)
    {
        if (!IsValid(name))
        {
            throw new HearthException(
                HearthError.InvalidRequest,
                $"invalid volume name '{name}': use 2 to {MostCharacters} letters, digits, '_', '.' and '-', the first a letter or digit; a directory of the host needs its absolute path");
        }
    }
}
