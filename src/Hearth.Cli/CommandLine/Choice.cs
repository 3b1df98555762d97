namespace Hearth.Cli.CommandLine;

/// <summary>What a flag chooses, where one of its words leaves the choice to Hearth.</summary>
/// <param name="Value">Null for Hearth's own choice.</param>
internal readonly record struct Choice<T>(T? Value)
    where T : struct;
