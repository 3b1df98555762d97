namespace Hearth.CommandLine;

/// <summary>A flag whose values are read as <typeparamref name="T"/>.</summary>
/// <param name="name"><c>--memory</c>.</param>
/// <param name="help">What it does, with line breaks.</param>
/// <param name="valueName">Null for a switch.</param>
/// <param name="parse">Reads all values that were given, one at least; throws <see cref="FormatException"/> with what they must be.</param>
/// <param name="shortForm"><c>-m</c>, or null.</param>
public sealed class Flag<T>(string name, string help, string? valueName, Func<IReadOnlyList<string>, T> parse, string? shortForm = null)
    : Flag(name, help, valueName, shortForm)
{
    /// <summary>The value if the flag is not given.</summary>
    public T Default { get; init; } = default!;

    public Flag<T> Inherited()
    {
        IsInherited = true;
        return this;
    }

    public Flag<T> AlsoNamed(string alias)
    {
        Alias = alias;
        return this;
    }

    public Flag<T> Hidden()
    {
        IsHidden = true;
        return this;
    }

    /// <exception cref="UsageException">A value cannot be read.</exception>
    public T Read(IReadOnlyList<string> values)
    {
        try
        {
            return parse(values);
        }
        catch (FormatException exception)
        {
            string names = ShortForm is null ? Name : $"{ShortForm}, {Name}";
            throw new UsageException($"invalid argument \"{values[^1]}\" for \"{names}\" flag: {exception.Message}");
        }
    }

    public override void Check(IReadOnlyList<string> values) => Read(values);
}
