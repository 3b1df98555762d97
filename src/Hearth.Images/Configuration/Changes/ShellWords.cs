using System.Text;
using Hearth.Distribution;

namespace Hearth.Images.Configuration.Changes;

/// <summary>
/// The words of an instruction, by the Dockerfile's rules: blanks separate them, quotes and backslashes keep characters, and
/// <c>$NAME</c>, <c>${NAME}</c>, <c>${NAME:-WORD}</c> and <c>${NAME:+WORD}</c> stand for variables, except in single quotes.
/// </summary>
/// <param name="instruction">Has the text.</param>
/// <param name="variables">NAME=VALUE.</param>
internal sealed class ShellWords(Instruction instruction, IReadOnlyList<string> variables)
{
    /// <summary>The words without quotes and with values.</summary>
    /// <exception cref="ImageException">A quote or a brace has no end.</exception>
    public string[] Split() => [.. Cut(instruction.Text).Select(Expand)];

    /// <summary>The whole text as one word.</summary>
    /// <exception cref="ImageException">A quote or a brace has no end.</exception>
    public string Whole() => Expand(instruction.Text);

    /// <summary>The only word.</summary>
    /// <exception cref="ImageException">There are several, or it is malformed.</exception>
    public string One() => Split() is [{ Length: > 0 } word] ? word : throw instruction.Wrong($"{instruction.Name} takes one value");

    /// <summary>NAME=VALUE words; or, if the first word has no equals sign, one name and the rest of the text.</summary>
    /// <exception cref="ImageException">A word is no pair.</exception>
    public IReadOnlyList<KeyValuePair<string, string>> SplitPairs()
    {
        List<string> words = Cut(instruction.Text);
        if (!words[0].Contains('=', StringComparison.Ordinal))
        {
            return words.Count > 1
                ? [KeyValuePair.Create(Expand(words[0]), Expand(instruction.Text[words[0].Length..].TrimStart()))]
                : throw instruction.Wrong($"'{words[0]}' has no value; write {words[0]}=VALUE");
        }

        return [.. words.Select(Pair)];
    }

    private KeyValuePair<string, string> Pair(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals > 0 ? Expand(word[..equals]) : "";
        return name.Length > 0
            ? KeyValuePair.Create(name, Expand(word[(equals + 1)..]))
            : throw instruction.Wrong($"'{word}' is not NAME=VALUE");
    }

    /// <summary>Cuts text at blanks outside of quotes; nothing is replaced yet.</summary>
    private List<string> Cut(string text)
    {
        List<string> words = [];
        int start = -1;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            if (quote == '\0' && char.IsWhiteSpace(letter))
            {
                if (start >= 0)
                {
                    words.Add(text[start..i]);
                }

                start = -1;
                continue;
            }

            start = start < 0 ? i : start;
            i += letter == '\\' && quote != '\'' ? 1 : 0;
            quote = letter is '"' or '\'' && (quote == '\0' || quote == letter) ? quote == '\0' ? letter : '\0' : quote;
        }

        if (quote != '\0')
        {
            throw instruction.Wrong($"the quote {quote} has no end");
        }

        return start < 0 ? words : [.. words, text[start..]];
    }

    private string Expand(string text)
    {
        StringBuilder result = new();
        for (int i = 0; i < text.Length;)
        {
            i = text[i] switch
            {
                '\'' => CopyLiteral(text, i + 1, result),
                '"' => CopyQuoted(text, i + 1, result),
                _ => CopyOne(text, i, isQuoted: false, result),
            };
        }

        return result.ToString();
    }

    private int CopyLiteral(string text, int start, StringBuilder result)
    {
        int end = text.IndexOf('\'', start);
        result.Append(text, start, (end < 0 ? throw instruction.Wrong("the quote ' has no end") : end) - start);
        return end + 1;
    }

    private int CopyQuoted(string text, int start, StringBuilder result)
    {
        int i = start;
        while (i < text.Length && text[i] != '"')
        {
            i = CopyOne(text, i, isQuoted: true, result);
        }

        return i < text.Length ? i + 1 : throw instruction.Wrong("the quote \" has no end");
    }

    /// <summary>Copies a character, what a backslash keeps, or a variable's value.</summary>
    /// <returns>Where to go on.</returns>
    private int CopyOne(string text, int i, bool isQuoted, StringBuilder result)
    {
        if (text[i] == '$')
        {
            return CopyVariable(text, i + 1, result);
        }

        bool isEscape = text[i] == '\\' && i + 1 < text.Length && (!isQuoted || text[i + 1] is '"' or '$' or '\\');
        result.Append(text[isEscape ? i + 1 : i]);
        return isEscape ? i + 2 : i + 1;
    }

    private int CopyVariable(string text, int start, StringBuilder result)
    {
        bool hasBrace = start < text.Length && text[start] == '{';
        int nameStart = hasBrace ? start + 1 : start;
        int nameEnd = nameStart;
        while (nameEnd < text.Length && (char.IsAsciiLetterOrDigit(text[nameEnd]) || text[nameEnd] == '_'))
        {
            nameEnd++;
        }

        if (nameEnd == nameStart)
        {
            result.Append(hasBrace ? throw instruction.Wrong("a '${' has no name after it") : '$');
            return start;
        }

        string value = Find(text[nameStart..nameEnd]);
        if (!hasBrace)
        {
            result.Append(value);
            return nameEnd;
        }

        int close = text.IndexOf('}', nameEnd);
        string rule = close < 0 ? throw instruction.Wrong("a '${' has no '}'") : text[nameEnd..close];
        result.Append(rule switch
        {
            "" => value,
            [':', '-', ..] => value.Length > 0 ? value : Expand(rule[2..]),
            [':', '+', ..] => value.Length > 0 ? Expand(rule[2..]) : "",
            _ => throw instruction.Wrong($"'${{{text[nameStart..close]}}}' is not supported; write ${{NAME}}, ${{NAME:-WORD}} or ${{NAME:+WORD}}"),
        });
        return close + 1;
    }

    private string Find(string name) =>
        variables.FirstOrDefault(variable => variable.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";
}
