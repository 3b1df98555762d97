using System.Text;

namespace Hearth.Distribution.Sources.Registry.Authentication;

/// <summary>
/// What a registry demands (WWW-Authenticate, RFC 9110 section 11.6.1): a scheme and parameters. One header may hold several,
/// separated by the commas that separate parameters too.
/// </summary>
/// <param name="Scheme">In lower case.</param>
/// <param name="Parameters">Names in lower case.</param>
internal sealed record AuthenticationChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>A registry sends one or two.</summary>
    private const int MostChallenges = 8;

    private const int MostParameters = 16;

    public string? Parameter(string name) => Parameters.GetValueOrDefault(name);

    /// <summary>Reads as many challenges of a header's value as follow the grammar.</summary>
    public static IReadOnlyList<AuthenticationChallenge> Read(string header)
    {
        List<AuthenticationChallenge> challenges = [];
        Dictionary<string, string> parameters = [];
        for (int at = SkipSeparators(header, 0); at < header.Length && challenges.Count <= MostChallenges; at = SkipSeparators(header, at))
        {
            string word = TakeWord(header, ref at);
            if (word.Length == 0)
            {
                break;
            }

            int next = SkipSpaces(header, at);
            if (next < header.Length && header[next] == '=' && challenges.Count > 0)
            {
                at = SkipSpaces(header, next + 1);
                string value = at < header.Length && header[at] == '"' ? TakeQuoted(header, ref at) : TakeWord(header, ref at);
                if (parameters.Count < MostParameters)
                {
                    parameters[word.ToLowerInvariant()] = value;
                }

                continue;
            }

            parameters = [];
            challenges.Add(new AuthenticationChallenge(word.ToLowerInvariant(), parameters));
        }

        return challenges;
    }

    private static string TakeWord(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && text[at] is not (',' or '=' or '"' or ' ' or '\t'))
        {
            at++;
        }

        return text[start..at];
    }

    private static string TakeQuoted(string text, ref int at)
    {
        StringBuilder value = new();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
            }

            value.Append(text[at]);
        }

        at = Math.Min(at + 1, text.Length);
        return value.ToString();
    }

    private static int SkipSpaces(string text, int at)
    {
        while (at < text.Length && text[at] is (' ' or '\t'))
        {
            at++;
        }

        return at;
    }

    private static int SkipSeparators(string text, int at)
    {
        while (at < text.Length && text[at] is (' ' or '\t' or ','))
        {
            at++;
        }

        return at;
    }
}
