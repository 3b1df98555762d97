namespace Hearth.Containers.Volumes;

/// <summary>The host path of a bind.</summary>
public static class BindSource
{
    /// <summary>Requires that the path exists, or creates a directory there as docker's <c>-v</c> does.</summary>
    /// <exception cref="HearthException">The path does not exist, or cannot be created.</exception>
    public static void Require(string path, bool isMade)
    {
        if (Path.Exists(path))
        {
            return;
        }

        if (!isMade)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot bind '{path}': it does not exist; create it, or name a volume");
        }

        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot bind '{path}': it does not exist and cannot be created: {exception.Message}", exception);
        }
    }
}
