using System.Text;
using Hearth.Containers;

namespace Hearth.Records.Rotation;

/// <summary>Opens all files of a rotated name as they are at one moment, although they may be rotated during the call.</summary>
internal static class RotatedFiles
{
    /// <summary>The number of attempts. A rotation takes less time than an attempt, so even a second one is rare.</summary>
    private const int MostLooks = 1000;

    /// <returns>The files, the oldest first; empty if there are none. The caller owns them.</returns>
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

    /// <summary>Whether the path still names the file.</summary>
    public static bool IsAt(LineCursor file, string path) => FileKey.At(Encoding.UTF8.GetBytes(path + '\0')) == file.Key;

    /// <summary>Opens the newest first. The check afterwards detects files that were renamed in between.</summary>
    /// <returns>False if a file was renamed.</returns>
    private static bool TryOpenAll(RotatedName name, List<(string Path, LineCursor File)> files)
    {
        // Between two steps of a rotation the newest name does not exist.
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
