using System.Globalization;
using Hearth.Containers;

namespace Hearth.CommandLine;

/// <summary>A flag as help and completion show it, and the kinds of flags that commands have. A flag that takes a value has a name for it, a switch has none.</summary>
/// <param name="name"><c>--memory</c>.</param>
/// <param name="help">What it does, with line breaks.</param>
/// <param name="valueName"><c>SIZE</c>, or the words of a choice: <c>auto|tcg|kvm</c>. Null for a switch.</param>
/// <param name="shortForm"><c>-m</c>, or null.</param>
public abstract class Flag(string name, string help, string? valueName, string? shortForm)
{
    /// <summary>The words that switches take, as docker's do.</summary>
    private static readonly (string Word, bool Meaning)[] truths =
    [
        ("true", true), ("True", true), ("TRUE", true), ("t", true), ("T", true), ("1", true),
        ("false", false), ("False", false), ("FALSE", false), ("f", false), ("F", false), ("0", false),
    ];

    public string Name { get; } = name;

    public string Help { get; } = help;

    public string HelpInOneLine => Help.ReplaceLineEndings(" ");

    public string? ValueName { get; } = valueName;

    public string? ShortForm { get; } = shortForm;

    public bool IsSwitch => ValueName is null;

    /// <summary>Whether subcommands have it too.</summary>
    public bool IsInherited { get; private protected set; }

    /// <summary>Whether help and completion leave it out.</summary>
    public bool IsHidden { get; private protected set; }

    /// <summary>Another long form, which docker has too and help leaves out; null for none.</summary>
    public string? Alias { get; private protected set; }

    /// <summary>Whether each of several values counts. Of other flags the last one does, as with docker.</summary>
    public bool Repeats { get; private init; }

    /// <summary>Its long form, then its short one.</summary>
    public IReadOnlyList<string> Names => ShortForm is null ? [Name] : [Name, ShortForm];

    /// <summary>Checks the values that a command line gives it, one at least.</summary>
    /// <exception cref="UsageException">A value cannot be read.</exception>
    public abstract void Check(IReadOnlyList<string> values);

    public static Flag<bool> Switch(string name, string help, string? shortForm = null, bool isOn = false) =>
        new(name, help, null, values => WordOf(values[^1], truths, "must be true or false"), shortForm) { Default = isOn };

    public static Flag<string?> Text(string name, string value, string help, string? shortForm = null) =>
        new(name, help, value, values => values[^1], shortForm);

    /// <summary>A flag that can be given several times.</summary>
    public static Flag<string[]> List(string name, string value, string help, string? shortForm = null) =>
        new(name, help, value, values => [.. values], shortForm) { Default = [], Repeats = true };

    /// <summary>A flag that can be given several times, and each value can mean several things.</summary>
    public static Flag<T[]> ListOf<T>(string name, string value, string help, Func<string, IReadOnlyList<T>> parse, string? shortForm = null) =>
        new(name, help, value, values => [.. values.SelectMany(parse)], shortForm) { Default = [], Repeats = true };

    /// <summary>A flag that can be given several times, whose values mean one thing together; null without the flag.</summary>
    public static Flag<T?> Parsed<T>(string name, string value, string help, Func<IReadOnlyList<string>, T> parse) =>
        new(name, help, value, values => parse(values)) { Repeats = true };

    /// <summary>A word out of a few, the first of them the default.</summary>
    public static Flag<T> Choice<T>(string name, string help, params (string Word, T Meaning)[] choices) => Choice(name, help, null, choices);

    /// <inheritdoc cref="Choice{T}(string, string, ValueTuple{string, T}[])"/>
    public static Flag<T> Choice<T>(string name, string help, string? shortForm, (string Word, T Meaning)[] choices)
    {
        string words = string.Join('|', choices.Select(choice => choice.Word));
        return new(name, help, words, values => WordOf(values[^1], choices, $"must be one of {words}"), shortForm) { Default = choices[0].Meaning };
    }

    /// <summary>A word out of a few; null without the flag.</summary>
    public static Flag<T?> OptionalChoice<T>(string name, string help, params (string Word, T Meaning)[] choices)
        where T : struct
    {
        string words = string.Join('|', choices.Select(choice => choice.Word));
        return new(name, help, words, values => WordOf(values[^1], choices, $"must be one of {words}"));
    }

    /// <summary>Bytes with docker's units.</summary>
    public static Flag<ByteSize?> Size(string name, string help, string? shortForm = null) =>
        new(name, help, "SIZE", values => ParseSize(values[^1]), shortForm);

    public static Flag<double?> Number(string name, string help) => new(name, help, "N", values =>
        double.TryParse(values[^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new FormatException("must be a number such as 2 or 1.5"));

    /// <summary>A whole number, which may be negative.</summary>
    public static Flag<long?> Integer(string name, string value, string help, string? shortForm = null) => new(name, help, value, values =>
        long.TryParse(values[^1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new FormatException("must be a whole number"), shortForm);

    /// <summary>Seconds, or a number with the unit ms, s, m or h.</summary>
    public static Flag<TimeSpan?> Duration(string name, string help) => new(name, help, "TIME", values => ParseDuration(values[^1]));

    /// <summary>A moment in any of docker's forms.</summary>
    public static Flag<DateTimeOffset?> Moment(string name, string help, TimeProvider clock) =>
        new(name, help, "TIME", values => Hearth.CommandLine.Moment.Parse(values[^1], clock));

    /// <summary>A number of lines, or all.</summary>
    public static Flag<LineCount?> Lines(string name, string help, string shortForm) =>
        new(name, help, "N", values => LineCount.Parse(values[^1]), shortForm);

    public static TimeSpan ParseDuration(string text)
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

    private static T WordOf<T>(string text, (string Word, T Meaning)[] words, string refusal)
    {
        int index = Array.FindIndex(words, word => word.Word == text);
        return index < 0 ? throw new FormatException(refusal) : words[index].Meaning;
    }
}
