using System.Formats.Tar;

namespace Hearth.Runtime.Containers;

/// <summary>Packs a file or a directory of the host as a tar archive, symbolic links as such.</summary>
internal static class HostArchive
{
    /// <param name="archive">Takes it, and stays the caller's.</param>
    /// <param name="source">There.</param>
    /// <param name="firstName">The first component of every name; <c>.</c> for none.</param>
    /// <exception cref="RuntimeException">Something of it cannot be read.</exception>
    public static async Task WriteAsync(Stream archive, FileSystemInfo source, string firstName)
    {
        try
        {
            await using TarWriter writer = new(archive, TarEntryFormat.Pax, leaveOpen: true);
            await WriteAsync(writer, source, firstName).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RuntimeException(RuntimeError.StorageFailed, $"cannot read '{source.FullName}': {exception.Message}", exception);
        }
    }

    private static async Task WriteAsync(TarWriter writer, FileSystemInfo source, string name)
    {
        await writer.WriteEntryAsync(source.FullName, name).ConfigureAwait(false);
        if (source is not DirectoryInfo directory || source.LinkTarget is not null)
        {
            return;
        }

        foreach (FileSystemInfo child in directory.EnumerateFileSystemInfos().OrderBy(child => child.Name, StringComparer.Ordinal))
        {
            await WriteAsync(writer, child, $"{name}/{child.Name}").ConfigureAwait(false);
        }
    }
}
