using Hearth.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary>A flag of docker's that Hearth cannot honour, except for values that change nothing. Help leaves it out.</summary>
/// <param name="name">Such as <c>--device</c>.</param>
/// <param name="reason">Why, and what to do instead.</param>
/// <param name="accepted">The values that change nothing.</param>
internal sealed class UnhonouredFlag(string name, string reason, params string[] accepted)
{
    public Flag<string[]> Flag { get; } = CommandLine.Flag.List(name, "VALUE", "").Hidden();

    /// <exception cref="UsageException">It has another value than the accepted ones.</exception>
    public void Refuse(ParsedLine line)
    {
        if (Others(line) is [var value, ..])
        {
            throw new UsageException($"cannot use {name} {value}: {reason}");
        }
    }

    /// <returns>A warning for each value that is ignored.</returns>
    public IEnumerable<string> Ignore(ParsedLine line) => Others(line).Select(value => $"{name} {value} is ignored: {reason}");

    private string[] Others(ParsedLine line) => [.. line.GetValue(Flag).Except(accepted)];
}
