namespace Hearth.Rendering;

/// <summary>A format of <c>--format</c> that cannot be followed.</summary>
/// <param name="message">What is wrong, in docker's words if docker has some.</param>
public sealed class OutputFormatException(string message) : FormatException(message);
