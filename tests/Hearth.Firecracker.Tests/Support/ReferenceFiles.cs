namespace Hearth.Firecracker.Tests.Support;

/// <summary>
/// Descriptions by others that are not in the repository: in <c>shared/reference</c> beside the checkout or further up, also for a
/// worktree, whose main checkout may lie elsewhere.
/// </summary>
internal static class ReferenceFiles
{
    private const string WorktreeMark = "gitdir: ";

    /// <summary>The path of one; null where it is missing.</summary>
    /// <param name="name">Its file name.</param>
    internal static string? Find(string name) => FindAbove(AppContext.BaseDirectory, name);

    /// <param name="start">A directory of a checkout.</param>
    /// <param name="name">The file's name.</param>
    internal static string? FindAbove(string start, string name)
    {
        for (DirectoryInfo? at = new(start); at is not null; at = at.Parent)
        {
            string path = Path.Combine(at.FullName, "shared", "reference", name);
            if (File.Exists(path))
            {
                return path;
            }

            // A worktree's .git is a file that names a directory within the main checkout's.
            string link = Path.Combine(at.FullName, ".git");
            if (File.Exists(link) && File.ReadAllText(link) is { } text && text.StartsWith(WorktreeMark, StringComparison.Ordinal)
                && FindAbove(Path.Combine(at.FullName, text[WorktreeMark.Length..].Trim()), name) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
