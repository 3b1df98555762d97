using System.Formats.Tar;
using Hearth.Linux.Files;

namespace Hearth.Runtime.Containers;

/// <summary>
/// Unpacks an archive that a guest made, which may be hostile, into a directory of the host. Nothing beside that directory is
/// touched: names are taken apart, and no symbolic link on the way to one is followed, whether the archive brought it or it was
/// there. Links are made as they are. Set-id bits and devices stay behind: the files are the caller's from now on.
/// </summary>
internal sealed class HostExtraction(string directory)
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    private readonly List<string> warnings = [];
    private readonly List<(string Path, UnixFileMode Mode, DateTimeOffset Time)> directories = [];

    /// <returns>What was left out.</returns>
    /// <exception cref="RuntimeException">A name that leads elsewhere, something in the way, or a disk that is full.</exception>
    public async Task<IReadOnlyList<string>> ExtractAsync(Stream archive)
    {
        try
        {
            await using TarReader reader = new(archive, leaveOpen: true);
            while (await reader.GetNextEntryAsync().ConfigureAwait(false) is { } entry)
            {
                await ExtractAsync(entry).ConfigureAwait(false);
            }

            // Last, since they change as they are filled, and may not be writable.
            foreach ((string path, UnixFileMode mode, DateTimeOffset time) in directories.AsEnumerable().Reverse())
            {
                File.SetUnixFileMode(path, mode);
                Directory.SetLastWriteTimeUtc(path, time.UtcDateTime);
            }

            return warnings;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new RuntimeException(RuntimeError.StorageFailed, $"cannot copy to '{directory}': {exception.Message}", exception);
        }
    }

    private async Task ExtractAsync(TarEntry entry)
    {
        string? path = PlaceOf(entry.Name);
        switch (entry.EntryType)
        {
            case TarEntryType.GlobalExtendedAttributes:
                break;
            case TarEntryType.Directory:
                MakeDirectory(path ?? directory, entry, isOwn: path is not null);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile when path is not null:
                await WriteFileAsync(path, entry).ConfigureAwait(false);
                break;
            case TarEntryType.SymbolicLink when path is not null:
                MakeRoom(path);
                File.CreateSymbolicLink(path, entry.LinkName);
                break;
            case TarEntryType.HardLink when path is not null && PlaceOf(entry.LinkName) is { } target:
                MakeRoom(path);
                HardLinks.Create(path, target);
                break;
            default:
                warnings.Add($"'{entry.Name}' was left out: a {entry.EntryType} is not copied to the host");
                break;
        }
    }

    private void MakeDirectory(string path, TarEntry entry, bool isOwn)
    {
        if (new FileInfo(path) is { Exists: true } or { LinkTarget: not null })
        {
            throw new IOException($"'{path}' is there and is no directory");
        }

        Directory.CreateDirectory(path);
        if (isOwn)
        {
            directories.Add((path, entry.Mode & Permissions, entry.ModificationTime));
        }
    }

    private static async Task WriteFileAsync(string path, TarEntry entry)
    {
        MakeRoom(path);
        await using (FileStream file = new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            await (entry.DataStream?.CopyToAsync(file) ?? Task.CompletedTask).ConfigureAwait(false);
        }

        File.SetUnixFileMode(path, entry.Mode & Permissions);
        File.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
    }

    /// <summary>What is in the way is replaced, but for a directory.</summary>
    private static void MakeRoom(string path)
    {
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
        {
            throw new IOException($"'{path}' is a directory, and something else would take its place");
        }

        File.Delete(path);
    }

    /// <summary>Where a name of the archive is on the host; null for the directory itself.</summary>
    private string? PlaceOf(string name)
    {
        string[] parts = [.. name.Split('/').Where(part => part is not ("" or "."))];
        if (name.StartsWith('/') || parts.Contains(".."))
        {
            throw new IOException($"the archive holds the name '{name}', which leads out of it");
        }

        string path = directory;
        foreach (string part in parts.SkipLast(1))
        {
            path = Path.Combine(path, part);
            if (new DirectoryInfo(path) is { LinkTarget: not null } or { Exists: false })
            {
                throw new IOException($"the archive holds the name '{name}', and '{path}' is no directory");
            }
        }

        return parts.Length == 0 ? null : Path.Combine(path, parts[^1]);
    }
}
