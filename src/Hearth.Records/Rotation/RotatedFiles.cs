using System.Text;
using Hearth.Containers;

namespace Hearth.Records.Rotation;

/// <summary>Opens all files of a rotated name as they stood at one moment, though they may be rotated meanwhile.</summary>
internal static class RotatedFiles
{
    /// <summary>A rotation takes less time than a look, so that already a second one is rare.</summary>
    private const int MostLooks = 1000;

    /// <returns>The oldest first; empty where there are none. The caller owns them.</returns>
    /// <exception cref="HearthException">A file cannot be opened.</exception>
    public static List<LineCursor> Open(RotatedName name)
    {
        try
        {
            for (int looks = 1; ; looks++)
            {
                List<(string Path, LineCursor File)> files = [];
                bool isWhole = TryOpenAll(name, files) && files.TrueForAll(file => IsAt(file.File, file.Path));
                if (isWhole || looks == MostLooks)
                {
                    return [.. files.Select(file => file.File).Reverse()];
                }

                files.ForEach(file => file.File.Dispose());
            }
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot read '{name.Current}': {exception.Message}", exception);
        }
    }

    /// <summary>Whether the file stands at the path.</summary>
    public static bool IsAt(LineCursor file, string path) => FileKey.At(Encoding.UTF8.GetBytes(path + '\0')) == file.Key;

    /// <summary>Opens the newest first: what is moved on meanwhile is seen by those that verify.</summary>
    /// <returns>False where a file moved on.</returns>
    private static bool TryOpenAll(RotatedName name, List<(string Path, LineCursor File)> files)
    {
        // Between two steps of a rotation there is no file at the newest name.
        bool hasCurrent = TryOpen(name.Current, files);
        return name.FindOlder().All(path => TryOpen(path, files)) && (hasCurrent || !File.Exists(name.Current));
    }

    private static bool TryOpen(string path, List<(string Path, LineCursor File)> files)
    {
        try
        {
            files.Add((path, new LineCursor(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))));
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
