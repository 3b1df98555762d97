using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Hearth.Rendering;

/// <summary>
/// A pattern of Go's path.Match, as docker's filters take it: <c>*</c> and <c>?</c> do not match a slash, <c>[a-c]</c> and <c>[^a-c]</c>
/// match one letter, and a backslash takes the next one as it is.
/// </summary>
public sealed class PathPattern
{
    private readonly Regex expression;

    /// <summary>Without backtracking, so that no pattern takes long.</summary>
    private PathPattern(string expression) => this.expression = new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Singleline);

    /// <exception cref="FormatException">It is no pattern.</exception>
    public static PathPattern Parse(string pattern)
    {
        StringBuilder expression = new("\\A");
        for (int at = 0; at < pattern.Length;)
        {
            char letter = pattern[at++];
            switch (letter)
            {
                case '*':
                    expression.Append("[^/]*");
                    break;
                case '?':
                    expression.Append("[^/]");
                    break;
                case '[':
                    ReadClass(pattern, ref at, expression);
                    break;
                default:
                    expression.Append(Regex.Escape($"{(letter == '\\' ? Take(pattern, ref at) : letter)}"));
                    break;
            }
        }

        return new PathPattern(expression.Append("\\z").ToString());
    }

    public bool Matches(string text) => expression.IsMatch(text);

    private static void ReadClass(string pattern, ref int at, StringBuilder expression)
    {
        expression.Append('[');
        if (at < pattern.Length && pattern[at] == '^')
        {
            expression.Append('^');
            at++;
        }

        bool isEmpty = true;
        for (; isEmpty || Peek(pattern, at) != ']'; isEmpty = false)
        {
            char first = ReadBound(pattern, ref at);
            char last = first;
            if (Peek(pattern, at) == '-')
            {
                at++;
                last = ReadBound(pattern, ref at);
            }

            if (last < first)
            {
                throw Refuse(pattern);
            }

            expression.Append(CultureInfo.InvariantCulture, $"\\u{(int)first:x4}-\\u{(int)last:x4}");
        }

        at++;
        expression.Append(']');
    }

    /// <summary>A letter of a class: one that has a meaning there needs a backslash.</summary>
    private static char ReadBound(string pattern, ref int at)
    {
        char letter = Take(pattern, ref at);
        return letter switch
        {
            '\\' => Take(pattern, ref at),
            ']' or '-' => throw Refuse(pattern),
            _ => letter,
        };
    }

    private static char Take(string pattern, ref int at) => at < pattern.Length ? pattern[at++] : throw Refuse(pattern);

    private static char Peek(string pattern, int at) => at < pattern.Length ? pattern[at] : throw Refuse(pattern);

    private static FormatException Refuse(string pattern) => new($"invalid pattern '{pattern}': a class such as [a-c] has no end, or a backslash nothing to take");
}
