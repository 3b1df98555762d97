namespace Hearth.Architecture.Tests;

/// <summary>A file of the repository as text.</summary>
/// <param name="Path">From the repository's root, with '/'.</param>
/// <param name="Text">All of it.</param>
public sealed record SourceFile(string Path, string Text)
{
    /// <summary>The project that holds it, as in <c>Hearth.Fuse</c>; the second part of the path.</summary>
    public string Project => Path.Split('/')[1];

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);

    public string[] Lines => Text.Split('\n');
}
