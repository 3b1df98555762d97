namespace Hearth.Distribution.Sources.Local;

/// <summary>A tree of files of this host: a directory, or an archive. Thread-safe.</summary>
internal interface ILocalFiles : IDisposable
{
    /// <summary>Opens a file. The stream can seek.</summary>
    /// <param name="path">Relative, such as <c>blobs/sha256/HEX</c>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not read it.</exception>
    Stream Open(string path);
}
