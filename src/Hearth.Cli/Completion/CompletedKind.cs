namespace Hearth.Cli.Completion;

/// <summary>Where candidates for a word come from.</summary>
internal enum CompletedKind
{
    /// <summary>Nowhere: any text.</summary>
    Text,

    /// <summary>A few words.</summary>
    Choice,

    Directory,
    File,

    /// <summary>Names and ids that <c>hearth ps</c> knows.</summary>
    Container,

    /// <summary>Names that <c>hearth volume ls</c> knows.</summary>
    Volume,

    /// <summary>Names that <c>hearth network ls</c> knows.</summary>
    Network,

    /// <summary>Names that <c>hearth images</c> knows.</summary>
    Image,

    /// <summary>Names that <c>hearth kernel list</c> knows.</summary>
    Kernel,

    /// <summary>Names that <c>hearth context ls</c> knows.</summary>
    Context,
}
