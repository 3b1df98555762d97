namespace Hearth.Distribution.Sources.Local;

/// <summary>The files of a directory.</summary>
internal sealed class DirectoryTree(string directory) : ILocalFiles
{
    public Stream Open(string path) => File.OpenRead(Path.Combine(directory, path));

    public void Dispose()
    {
    }
}
