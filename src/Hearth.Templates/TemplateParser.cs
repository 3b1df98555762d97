using System.Globalization;

namespace Hearth.Templates;

/// <summary>
/// Takes a template apart:
/// <code>
/// template   = { text | "{{" ["- "] pipe [" -"] "}}" }
/// pipe       = call { "|" call }
/// call       = function { operand } | operand
/// operand    = "." | "." name { "." name } | "text" | `text` | number | "(" pipe ")"
/// </code>
/// </summary>
internal sealed class TemplateParser
{
    private const string Open = "{{";
    private const string Close = "}}";

    private readonly string text;
    private int at;

    private TemplateParser(string text) => this.text = text;

    /// <exception cref="FormatException">The message says what is wrong or not supported.</exception>
    public static IReadOnlyList<TemplatePart> Parse(string text)
    {
        var parser = new TemplateParser(text);
        var parts = new List<TemplatePart>();
        while (parser.at < text.Length)
        {
            parser.ParsePart(parts);
        }

        return parts;
    }

    private char Next => at < text.Length ? text[at] : '\0';

    private void ParsePart(List<TemplatePart> parts)
    {
        int open = text.IndexOf(Open, at, StringComparison.Ordinal);
        int end = open < 0 ? text.Length : open;
        bool trimsStart = at >= 3 && text[..at].EndsWith(" -}}", StringComparison.Ordinal);
        bool trimsEnd = open >= 0 && text[open..].StartsWith("{{- ", StringComparison.Ordinal);
        string literal = text[at..end].Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);
        literal = trimsStart ? literal.TrimStart() : literal;
        literal = trimsEnd ? literal.TrimEnd() : literal;
        if (literal.Length > 0)
        {
            parts.Add(new TemplateLiteral(literal));
        }

        at = end;
        if (open >= 0)
        {
            at += trimsEnd ? "{{- ".Length : Open.Length;
            parts.Add(new TemplateAction(ParsePipe()));
            TakeClose();
        }
    }

    private void TakeClose()
    {
        SkipBlanks();
        if (text.AsSpan(at).StartsWith("-}}", StringComparison.Ordinal))
        {
            at++;
        }

        if (!text.AsSpan(at).StartsWith(Close, StringComparison.Ordinal))
        {
            throw Refuse(at >= text.Length ? "'}}' is missing" : $"'{Next}' is not expected");
        }

        at += Close.Length;
    }

    private TemplateExpression ParsePipe()
    {
        TemplateExpression value = ParseCall(null);
        while (SkipBlanks() == '|')
        {
            at++;
            value = ParseCall(value);
        }

        return value;
    }

    /// <param name="piped">What comes from before a pipe; null for none.</param>
    private TemplateExpression ParseCall(TemplateExpression? piped)
    {
        if (!IsLetter(SkipBlanks()))
        {
            TemplateExpression operand = ParseOperand();
            return piped is null ? operand : throw Refuse("only a function can stand behind '|'");
        }

        TemplateFunction function = TemplateFunctions.Find(TakeName());
        List<TemplateExpression> arguments = [];
        while (IsOperand(SkipBlanks()))
        {
            arguments.Add(ParseOperand());
        }

        if (piped is not null)
        {
            arguments.Add(piped);
        }

        return arguments.Count < function.LeastArguments || arguments.Count > function.MostArguments
            ? throw Refuse($"{function.Name} cannot take {arguments.Count} values")
            : new CallExpression(function, arguments);
    }

    private TemplateExpression ParseOperand() => SkipBlanks() switch
    {
        '.' => ParseField(),
        '"' or '`' => new ConstantExpression(TemplateFunctions.Text(TakeText())),
        >= '0' and <= '9' => new ConstantExpression(TemplateFunctions.Number(TakeNumber())),
        '(' => ParseGroup(),
        '$' => throw Refuse("variables are not supported"),
        '\0' => throw Refuse("'}}' is missing"),
        '}' => throw Refuse("a field or function is missing"),
        char other => throw Refuse($"'{other}' is not expected"),
    };

    private TemplateExpression ParseGroup()
    {
        at++;
        TemplateExpression inner = ParsePipe();
        if (SkipBlanks() != ')')
        {
            throw Refuse("')' is missing");
        }

        at++;
        return inner;
    }

    private FieldExpression ParseField()
    {
        List<string> names = [];
        while (Next == '.')
        {
            at++;
            if (!IsLetter(Next))
            {
                return names.Count == 0 ? new FieldExpression([]) : throw Refuse("a field's name is missing behind '.'");
            }

            names.Add(TakeName());
        }

        return new FieldExpression(names);
    }

    private string TakeName()
    {
        int start = at;
        while (IsLetter(Next) || char.IsAsciiDigit(Next))
        {
            at++;
        }

        return text[start..at];
    }

    private int TakeNumber()
    {
        int start = at;
        while (char.IsAsciiDigit(Next))
        {
            at++;
        }

        return int.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Refuse("a number is too large");
    }

    private string TakeText()
    {
        char quote = text[at++];
        var taken = new System.Text.StringBuilder();
        while (Next != quote)
        {
            if (at >= text.Length)
            {
                throw Refuse($"a text's closing {quote} is missing");
            }

            taken.Append(quote == '"' && Next == '\\' ? TakeEscaped() : text[at++]);
        }

        at++;
        return taken.ToString();
    }

    private char TakeEscaped()
    {
        at++;
        return at >= text.Length ? '\\' : text[at++] switch
        {
            'n' => '\n',
            't' => '\t',
            char other => other,
        };
    }

    private char SkipBlanks()
    {
        while (Next is ' ' or '\t' or '\n' or '\r')
        {
            at++;
        }

        return Next;
    }

    private static bool IsLetter(char letter) => char.IsLetter(letter) || letter == '_';

    private static bool IsOperand(char first) => first is '.' or '"' or '`' or '(' or '$' || char.IsAsciiDigit(first);

    private FormatException Refuse(string reason) => new($"template: {reason}, at character {at + 1} of '{text}'");
}
