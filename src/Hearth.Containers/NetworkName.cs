using System.Buffers;

namespace Hearth.Containers;

/// <summary>Names of networks: docker's rule, a letter or digit, then letters, digits, <c>_</c>, <c>.</c> and <c>-</c>, at most 64.</summary>
public static class NetworkName
{
    private const int Longest = 64;

    /// <summary>docker's names for its own network mean Hearth's.</summary>
    private static readonly string[] defaults = [NetworkOptions.DefaultNetwork, "bridge", "default"];

    /// <summary>Other values of <c>--network</c>.</summary>
    private static readonly string[] modes = ["auto", "none", "host", "host-forward"];

    private static readonly SearchValues<char> letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    public static bool IsName(string text) =>
        text.Length is > 0 and <= Longest && char.IsAsciiLetterOrDigit(text[0]) && !text.AsSpan().ContainsAnyExcept(letters);

    /// <summary>Hearth's own name of a network.</summary>
    public static string Canonical(string text) => defaults.Contains(text) ? NetworkOptions.DefaultNetwork : text;

    /// <summary>Checks the name of a new network.</summary>
    /// <exception cref="HearthException">It is invalid, or has another meaning.</exception>
    public static void RequireFree(string text)
    {
        if (!IsName(text))
        {
            throw new HearthException(
                HearthError.InvalidRequest, $"'{text}' is not a name for a network: use at most {Longest} letters, digits, '_', '.' and '-', a letter or digit first");
        }

        if (defaults.Contains(text) || modes.Contains(text))
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot create the network '{text}': the name has another meaning for --network; choose another");
        }
    }
}
