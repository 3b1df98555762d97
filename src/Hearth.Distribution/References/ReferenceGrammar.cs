using System.Buffers;

namespace Hearth.Distribution.References;

/// <summary>The parts of docker's grammar for names of images.</summary>
internal static class ReferenceGrammar
{
    private const int LongestTag = 128;
    private const int MostDigitsOfAPort = 5;
    private const int DigitsOfAnId = 64;
    private static readonly SearchValues<char> wordLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    private static readonly SearchValues<char> tagLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
    private static readonly SearchValues<char> hostLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly SearchValues<char> hexDigits = SearchValues.Create("0123456789abcdef");
    private static readonly SearchValues<char> addressLetters = SearchValues.Create("ABCDEFabcdef0123456789:");

    internal static bool IsTag(string text) =>
        text.Length is > 0 and <= LongestTag && wordLetters.Contains(text[0]) && !text.AsSpan().ContainsAnyExcept(tagLetters);

    /// <summary>The form of an image's ID, which no name has.</summary>
    internal static bool IsId(string text) => text.Length == DigitsOfAnId && !text.AsSpan().ContainsAnyExcept(hexDigits);

    /// <summary>Names with dots between their components or an IPv6 address in brackets, then perhaps a port.</summary>
    internal static bool IsHost(string text)
    {
        int colon = text.EndsWith(']') ? -1 : text.LastIndexOf(':');
        string name = colon < 0 ? text : text[..colon];
        return (colon < 0 || IsPort(text.AsSpan(colon + 1))) && (IsAddress(name) || name.Split('.').All(IsHostComponent));
    }

    /// <summary>Lower-case letters and digits; between them single dots, one or two underscores, or any number of hyphens.</summary>
    internal static bool IsPathComponent(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            int word = Run(text, at, char.IsAsciiLetterOrDigit);
            int separator = at + word == text.Length ? 0 : LengthOfSeparator(text, at + word);
            if (word == 0 || (at + word < text.Length && (separator == 0 || at + word + separator == text.Length)))
            {
                return false;
            }

            at += word + separator;
        }

        return text.Length > 0 && !text.Any(char.IsAsciiLetterUpper);
    }

    private static int LengthOfSeparator(string text, int at) => text[at] switch
    {
        '.' => 1,
        '_' => text.AsSpan(at).StartsWith("__") ? 2 : 1,
        '-' => Run(text, at, letter => letter == '-'),
        _ => 0,
    };

    private static int Run(string text, int at, Func<char, bool> belongs)
    {
        int end = at;
        while (end < text.Length && belongs(text[end]))
        {
            end++;
        }

        return end - at;
    }

    private static bool IsPort(ReadOnlySpan<char> text) => text.Length is > 0 and <= MostDigitsOfAPort && ushort.TryParse(text, out ushort port) && port > 0 && char.IsAsciiDigit(text[0]);

    private static bool IsAddress(string text) =>
        text.Length > 2 && text[0] == '[' && text[^1] == ']' && !text.AsSpan(1, text.Length - 2).ContainsAnyExcept(addressLetters);

    private static bool IsHostComponent(string text) =>
        text.Length > 0 && !text.AsSpan().ContainsAnyExcept(hostLetters) && text[0] != '-' && text[^1] != '-';
}
