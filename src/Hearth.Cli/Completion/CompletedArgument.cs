using System.CommandLine;

namespace Hearth.Cli.Completion;

/// <summary>An argument as a shell completes it.</summary>
/// <param name="Value">What it may be.</param>
/// <param name="IsOptional">Whether it may be left out.</param>
/// <param name="Repeats">Whether more of it may follow; true of the last only.</param>
internal sealed record CompletedArgument(CompletedValue Value, bool IsOptional, bool Repeats)
{
    public static CompletedArgument Of(Argument argument) => new(
        CompletedValue.Of(argument.Name), argument.Arity.MinimumNumberOfValues == 0, argument.Arity.MaximumNumberOfValues > 1);
}
