namespace Hearth.CommandLine;

/// <summary>A command line as <see cref="LineParser"/> reads it: the command that it calls, the flags that it gives, and its arguments.</summary>
/// <param name="Command">The command.</param>
/// <param name="Flags">What each flag is given, in the line's order; <c>true</c> for a switch without a value.</param>
/// <param name="Arguments">In the line's order.</param>
public sealed record ParsedLine(Command Command, IReadOnlyList<(Flag Flag, string Value)> Flags, IReadOnlyList<string> Arguments)
{
    public bool IsGiven(Flag flag) => ValuesOf(flag).Count > 0;

    /// <exception cref="UsageException">The value cannot be read.</exception>
    public T GetValue<T>(Flag<T> flag) => ValuesOf(flag) is { Count: > 0 } values ? flag.Read(values) : flag.Default;

    /// <param name="argument">One of the command's.</param>
    public T GetValue<T>(Argument<T> argument) =>
        argument.Read([.. Arguments.Skip(Command.Arguments.TakeWhile(other => other != argument).Count()).Take(argument.Repeats ? int.MaxValue : 1)]);

    /// <exception cref="UsageException">An argument is missing or unexpected, or a flag's value cannot be read.</exception>
    public void Check()
    {
        if (Command.Arguments.Skip(Arguments.Count).FirstOrDefault(argument => !argument.IsOptional) is { } missing)
        {
            throw new UsageException($"{missing.Name} is missing");
        }

        if (Arguments.Count > Command.Arguments.Count && !Command.Arguments.Any(argument => argument.Repeats))
        {
            throw new UsageException($"unexpected argument '{Arguments[Command.Arguments.Count]}'");
        }

        foreach (Flag flag in Flags.Select(given => given.Flag).Distinct())
        {
            flag.Check(ValuesOf(flag));
        }
    }

    private List<string> ValuesOf(Flag flag) => [.. Flags.Where(given => given.Flag == flag).Select(given => given.Value)];
}
