namespace Hearth.CommandLine;

/// <summary>An argument whose words are read as <typeparamref name="T"/>.</summary>
/// <param name="name">As help and messages show it.</param>
/// <param name="isOptional">Whether it can be left out.</param>
/// <param name="repeats">Whether it takes all words that are left.</param>
/// <param name="read">Takes its words; none only if it is optional.</param>
public sealed class Argument<T>(string name, bool isOptional, bool repeats, Func<IReadOnlyList<string>, T> read) : Argument(name, isOptional, repeats)
{
    public T Read(IReadOnlyList<string> words) => read(words);
}
