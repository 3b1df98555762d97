using System.Buffers;

namespace Hearth.Containers;

/// <summary>Names of networks: docker's rule, a letter or digit, then letters, digits, <c>_</c>, <c>.</c> and <c>-</c>, at most 64.</summary>
public static class NetworkName
{
    private const int Longest = 64;

    private static readonly SearchValues<char> letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    public static bool IsName(string text) =>
        text.Length is > 0 and <= Longest && char.IsAsciiLetterOrDigit(text[0]) && !text.AsSpan().ContainsAnyExcept(letters);
}
