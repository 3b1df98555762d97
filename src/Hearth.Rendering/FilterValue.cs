namespace Hearth.Rendering;

/// <summary>Values of docker's <c>--filter</c> that are one of a few words.</summary>
public static class FilterValue
{
    /// <exception cref="FormatException">It is neither true nor false.</exception>
    public static bool ReadTruth(string name, string value) => value switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new FormatException($"invalid filter '{name}={value}': give true or false"),
    };

    /// <summary>The <c>type</c> of networks.</summary>
    /// <returns>Whether it is that of networks that are always there.</returns>
    /// <exception cref="FormatException">There is no such type.</exception>
    public static bool ReadNetworkType(string value) => value switch
    {
        "builtin" => true,
        "custom" => false,
        _ => throw new FormatException($"invalid filter 'type={value}': give builtin or custom"),
    };
}
