namespace Hearth.Cli.Rendering;

/// <summary>For whom a command's result is written.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>For programs.</summary>
    Json,
}
