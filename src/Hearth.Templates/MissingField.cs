namespace Hearth.Templates;

/// <summary>What a template does about a field that is not there.</summary>
public enum MissingField
{
    /// <summary>The template is refused, wherever the field was looked for: it is probably mistyped.</summary>
    Fails,

    /// <summary>Beneath the first level, which may hold labels and the like, a field without value is written as docker does.</summary>
    HasNoValue,
}
