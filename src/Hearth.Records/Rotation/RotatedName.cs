using System.Globalization;

namespace Hearth.Records.Rotation;

/// <summary>
/// The names of a rotated file: NAME is the newest, NAME.1 the one before, NAME.2 the one before that. A number may be
/// missing, since a rotation that was killed half-way leaves a gap. The order is still right.
/// </summary>
internal sealed record RotatedName(string Directory, string Name)
{
    public string Current => Path.Combine(Directory, Name);

    /// <summary>The existing names after the newest, the newer first.</summary>
    public IReadOnlyList<string> FindOlder() =>
    [
        .. from path in System.IO.Directory.EnumerateFiles(Directory, Name + ".*")
           let number = NumberOf(path)
           where number > 0
           orderby number
           select path,
    ];

    /// <summary>
    /// Renames every file to the next number, so that the newest name is free. The surplus file is replaced. It goes from the
    /// oldest to the newest, so that a process killed in between loses nothing and keeps the order.
    /// </summary>
    /// <param name="mostFiles">1 or more, the newest included.</param>
    /// <exception cref="IOException">A rename failed.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written.</exception>
    public void Shift(int mostFiles)
    {
        if (mostFiles == 1)
        {
            File.Delete(Current);
            return;
        }

        int free = 1;
        while (free < mostFiles - 1 && File.Exists(Older(free)))
        {
            free++;
        }

        for (int number = free; number > 1; number--)
        {
            File.Move(Older(number - 1), Older(number), overwrite: true);
        }

        File.Move(Current, Older(1), overwrite: true);
    }

    /// <summary>Deletes surplus files, left from when more were kept.</summary>
    /// <param name="mostFiles">The number to keep, the newest included.</param>
    /// <exception cref="IOException">A file cannot be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written.</exception>
    public void Trim(int mostFiles)
    {
        foreach (string path in FindOlder().Where(path => NumberOf(path) >= mostFiles))
        {
            File.Delete(path);
        }
    }

    private string Older(int number) => $"{Current}.{number}";

    /// <summary>The number in a name; 0 if the name does not belong to the rotated file.</summary>
    private int NumberOf(string path)
    {
        ReadOnlySpan<char> name = Path.GetFileName(path.AsSpan());
        return name.Length > Name.Length && int.TryParse(name[(Name.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    }
}
