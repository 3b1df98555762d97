using System.CommandLine;
using System.Globalization;
using Hearth.Cli.Values;
using Hearth.Containers;

namespace Hearth.Cli.CommandLine;

/// <summary>Makes flags of the kinds that the commands need. A flag that takes a value has a help name, a switch has none.</summary>
internal static class Flag
{
    public static Option<bool> Switch(string name, string help, string? shortForm = null) =>
        Named(new Option<bool>(name), help, null, shortForm);

    public static Option<string?> Text(string name, string value, string help, string? shortForm = null) =>
        Parsed(new Option<string?>(name), value, help, text => text, shortForm);

    /// <summary>A flag that may be given several times.</summary>
    public static Option<string[]> List(string name, string value, string help, string? shortForm = null) =>
        Named(new Option<string[]>(name), help, value, shortForm);

    /// <summary>A word out of a few, the first of them the default.</summary>
    public static Option<T> Choice<T>(string name, string help, params (string Word, T Meaning)[] choices)
        where T : struct
    {
        string words = string.Join('|', choices.Select(choice => choice.Word));
        Option<T> flag = Parsed(new Option<T>(name), words, help, text =>
        {
            int index = Array.FindIndex(choices, choice => choice.Word == text);
            return index < 0 ? throw new FormatException($"must be one of {words}") : choices[index].Meaning;
        });
        flag.DefaultValueFactory = _ => choices[0].Meaning;
        return flag;
    }

    /// <summary>A word out of a few, the first of them the default, which leaves the choice to Hearth.</summary>
    public static Option<Choice<T>> ChoiceOrAuto<T>(string name, string help, string automatic, params (string Word, T Meaning)[] choices)
        where T : struct =>
        Choice(name, help, [(automatic, new Choice<T>(null)), .. choices.Select(choice => (choice.Word, new Choice<T>(choice.Meaning)))]);

    /// <summary>Bytes with docker's units.</summary>
    public static Option<ByteSize?> Size(string name, string help, string? shortForm = null) =>
        ParsedValue(name, "SIZE", help, ParseSize, shortForm);

    public static Option<double?> Number(string name, string help) => ParsedValue(name, "N", help, text =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new FormatException("must be a number such as 2 or 1.5"));

    /// <summary>Seconds, or a number with the unit ms, s, m or h.</summary>
    public static Option<TimeSpan?> Duration(string name, string help) => ParsedValue(name, "TIME", help, ParseDuration);

    /// <summary>A moment in any of docker's forms.</summary>
    public static Option<DateTimeOffset?> Moment(string name, string help, TimeProvider clock) =>
        ParsedValue(name, "TIME", help, text => Values.Moment.Parse(text, clock));

    /// <summary>A number of lines, or all.</summary>
    public static Option<LineCount?> Lines(string name, string help, string shortForm) =>
        Parsed(new Option<LineCount?>(name), "N", help, LineCount.Parse, shortForm);

    internal static TimeSpan ParseDuration(string text)
    {
        (string Suffix, double Seconds)[] units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)];
        (string suffix, double seconds) = units.First(unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        return double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount)
            && amount * seconds is > 0 and < int.MaxValue / 1000
            ? TimeSpan.FromSeconds(amount * seconds)
            : throw new FormatException("must be a time such as 30s, 2m or 500ms");
    }

    private static ByteSize ParseSize(string text) => ByteSize.TryParse(text, out ByteSize size)
        ? size
        : throw new FormatException("must be a size such as 512m or 2g");

    private static Option<T?> ParsedValue<T>(string name, string value, string help, Func<string, T> parse, string? shortForm = null)
        where T : struct => Parsed(new Option<T?>(name), value, help, text => parse(text), shortForm);

    /// <summary>
    /// A flag whose value <paramref name="parse"/> reads; a <see cref="FormatException"/> of its becomes a usage error. It never
    /// gives null: the library takes null for a value that is still to be converted, and cannot convert it (InvalidCastException).
    /// </summary>
    private static Option<T> Parsed<T>(Option<T> flag, string value, string help, Func<string, T> parse, string? shortForm = null)
    {
        string name = flag.Name;
        Named(flag, help, value, shortForm);
        flag.CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            try
            {
                return parse(text) ?? throw new InvalidOperationException($"the parser of {name} gave null");
            }
            catch (FormatException exception)
            {
                string names = shortForm is null ? name : $"{shortForm}, {name}";
                result.AddError($"invalid argument \"{text}\" for \"{names}\" flag: {exception.Message}");
                return default!;
            }
        };

        // As with docker, the last one given counts.
        flag.Arity = ArgumentArity.OneOrMore;
        return flag;
    }

    private static TOption Named<TOption>(TOption flag, string help, string? value, string? shortForm)
        where TOption : Option
    {
        flag.Description = help;
        flag.HelpName = value;
        if (shortForm is not null)
        {
            flag.Aliases.Add(shortForm);
        }

        return flag;
    }
}
