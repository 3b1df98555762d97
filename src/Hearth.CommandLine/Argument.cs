namespace Hearth.CommandLine;

/// <summary>A word of a command line that is no flag, such as a container's name, or several of a kind.</summary>
/// <param name="name">As help and messages show it: <c>CONTAINER</c>.</param>
/// <param name="isOptional">Whether it can be left out.</param>
/// <param name="repeats">Whether it takes all words that are left.</param>
public abstract class Argument(string name, bool isOptional, bool repeats)
{
    public string Name { get; } = name;

    public bool IsOptional { get; } = isOptional;

    public bool Repeats { get; } = repeats;

    public static Argument<string> One(string name) => new(name, isOptional: false, repeats: false, words => words[0]);

    public static Argument<string?> Optional(string name) => new(name, isOptional: true, repeats: false, words => words is [string word, ..] ? word : null);

    public static Argument<string[]> OneOrMore(string name) => new(name, isOptional: false, repeats: true, words => [.. words]);

    public static Argument<string[]> Any(string name) => new(name, isOptional: true, repeats: true, words => [.. words]);
}
