namespace Hearth.Containers.Volumes;

/// <summary>What of the host a bind names.</summary>
public static class BindSource
{
    /// <summary>Requires that it is there, or makes a directory of it as docker's <c>-v</c> does.</summary>
    /// <exception cref="HearthException">It is not there, or cannot be made.</exception>
    public static void Require(string path, bool isMade)
    {
        if (Path.Exists(path))
        {
            return;
        }

        if (!isMade)
        {
            throw new HearthException(HearthError.InvalidRequest, $"there is no '{path}' to bind: make it, or name a volume");
        }

        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"there is no '{path}' to bind, and it cannot be made: {exception.Message}", exception);
        }
    }
}
