namespace Hearth.Rendering;

/// <summary>The format of a command's result.</summary>
public enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>For programs.</summary>
    Json,
}
