namespace Hearth.CommandLine;

/// <summary>A command line that cannot be followed.</summary>
/// <param name="message">What is wrong, in docker's words if docker has some.</param>
public sealed class UsageException(string message) : Exception(message);
