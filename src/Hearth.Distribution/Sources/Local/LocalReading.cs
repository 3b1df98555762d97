namespace Hearth.Distribution.Sources.Local;

/// <summary>Reads files of a local image, with failures as those of images.</summary>
internal static class LocalReading
{
    /// <summary>Reads a whole file.</summary>
    /// <param name="name">The image or archive, for messages.</param>
    /// <param name="files">Has the file.</param>
    /// <param name="path">The file.</param>
    /// <param name="most">In bytes.</param>
    /// <exception cref="ImageException">It cannot be read, or is longer than <paramref name="most"/>.</exception>
    public static byte[] ReadAll(string name, ILocalFiles files, string path, int most) => Attempt(name, () =>
    {
        using Stream file = files.Open(path);
        if (file.Length > most)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read '{name}': '{path}' has {file.Length} bytes, and at most {most} are supported");
        }

        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    });

    /// <exception cref="ImageException">The files cannot be read.</exception>
    public static T Attempt<T>(string name, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failure(name, exception);
        }
    }

    public static ImageException Failure(string name, Exception exception) => new(
        exception is FileNotFoundException or DirectoryNotFoundException ? ImageError.Unknown : ImageError.StorageFailed, $"cannot read '{name}': {exception.Message}", exception);
}
