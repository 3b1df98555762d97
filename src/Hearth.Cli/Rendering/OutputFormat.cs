namespace Hearth.Cli.Rendering;

/// <summary>The format of a command's result.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>For programs.</summary>
    Json,
}
