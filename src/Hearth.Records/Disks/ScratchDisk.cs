using System.Diagnostics;
using Hearth.Containers;

namespace Hearth.Records.Disks;

/// <summary>
/// A writable layer on disk: a sparse file with an ext4 file system. It exists no longer than its container. The file gets
/// its final name when it is formatted.
/// </summary>
public static class ScratchDisk
{
    /// <summary>Below this size, ext4's own structures leave no useful space.</summary>
    public static readonly ByteSize Smallest = ByteSize.FromMebibytes(8);

    private const string FileName = "scratch.ext4";

    private const string Formatter = "mkfs.ext4";

    /// <summary>The PATH of root on Debian may lack the directories that contain the formatter.</summary>
    private static readonly string[] SystemDirectories = ["/usr/sbin", "/sbin"];

    /// <summary>
    /// No journal, since the file is never mounted twice. The inode tables need no initialization, since a sparse file reads as
    /// zeros.
    /// </summary>
    private static readonly string[] FormatterArguments =
        ["-q", "-F", "-b", "4096", "-m", "0", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard"];

    /// <summary>The path of the disk that a container with a record keeps.</summary>
    public static string PathIn(string recordDirectory) => Path.Combine(recordDirectory, FileName);

    /// <summary>The path of the program that makes file systems; null where it is not installed.</summary>
    public static string? FindFormatter() =>
        SystemDirectories.Select(directory => Path.Combine(directory, Formatter)).FirstOrDefault(File.Exists);

    /// <summary>Creates the file; leaves none if that fails.</summary>
    /// <exception cref="HearthException">Too small, no room on the host's disk, or no formatter.</exception>
    public static async Task CreateAsync(string path, ByteSize size, CancellationToken cancellationToken)
    {
        if (size.Bytes < Smallest.Bytes)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot make a scratch disk of {size}: ext4 needs at least {Smallest}");
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            RequireRoom(path, size);
            using (FileStream file = new(UnfinishedPathOf(path), FileMode.Create, FileAccess.Write))
            {
                file.SetLength(size.Bytes & ~4095L);
            }

            await FormatAsync(UnfinishedPathOf(path), cancellationToken).ConfigureAwait(false);
            File.Move(UnfinishedPathOf(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Delete(path);
            throw new HearthException(HearthError.StorageFailed, $"cannot make the scratch disk '{path}': {exception.Message}", exception);
        }
        catch
        {
            Delete(path);
            throw;
        }
    }

    /// <summary>Deletes the file. Neither the file nor its directory need exist.</summary>
    public static void Delete(string path)
    {
        foreach (string file in (string[])[path, UnfinishedPathOf(path)])
        {
            if (File.Exists(file))
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>The file's name until it is formatted.</summary>
    public static string UnfinishedPathOf(string path) => path + ".unfinished";

    private static void RequireRoom(string path, ByteSize size) => RequireRoom(path, size, "a scratch disk");

    private static Task FormatAsync(string path, CancellationToken cancellationToken) =>
        FormatAsync(path, FormatterArguments, "a scratch disk", cancellationToken);

    /// <summary>
    /// The file is sparse, yet the guest may fill all of it. A guest has no good way to learn later that the host's disk is full.
    /// </summary>
    internal static void RequireRoom(string path, ByteSize size, string what)
    {
        string directory = Path.GetDirectoryName(path)!;
        var free = new ByteSize(new DriveInfo(directory).AvailableFreeSpace);
        if (free.Bytes < size.Bytes)
        {
            throw new HearthException(HearthError.StorageFailed,
                $"cannot make {what} of {size}: only {free} are free in '{directory}'; free some, ask for less, or name another place with --state-dir");
        }
    }

    /// <summary>Creates a file system in a file.</summary>
    /// <exception cref="HearthException">The formatter is missing, or it failed.</exception>
    internal static async Task FormatAsync(string path, string[] arguments, string what, CancellationToken cancellationToken)
    {
        string program = FindFormatter() ?? throw new HearthException(HearthError.HostUnsuitable, $"cannot make {what}: {Formatter} is not installed; install the package e2fsprogs");
        var start = new ProcessStartInfo(program, [.. arguments, path]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string messages;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            messages = await process.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            await output.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            process.Kill();
        }

        if (process.ExitCode != 0)
        {
            throw new HearthException(HearthError.StorageFailed,
                $"{Formatter} failed on '{path}' with status {process.ExitCode}: {messages.Trim()}");
        }
    }
}
