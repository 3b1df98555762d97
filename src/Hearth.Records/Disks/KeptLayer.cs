namespace Hearth.Records.Disks;

/// <summary>
/// What a stopped container changed of its root, if its writable layer was in its guest's memory: a list of the changes, and a layer
/// (image-spec, layer.md). Both are of the container's last end at which they could be read.
/// </summary>
/// <param name="recordDirectory">The container's directory.</param>
public sealed class KeptLayer(string recordDirectory)
{
    private const string Unfinished = ".unfinished";

    /// <summary>The layer's path.</summary>
    public string ArchivePath { get; } = Path.Combine(recordDirectory, "layer.tar");

    /// <summary>The path of the list, in the form of the guest's <c>RootForm.Changes</c>.</summary>
    public string ListPath { get; } = Path.Combine(recordDirectory, "layer.list");

    /// <summary>Whether there are any changes. The list comes before the layer.</summary>
    public bool Exists => File.Exists(ArchivePath);

    /// <summary>The bytes of both on the disk.</summary>
    public long Bytes => Exists ? new FileInfo(ArchivePath).Length + new FileInfo(ListPath).Length : 0;

    /// <summary>Replaces both; an interruption leaves the former ones.</summary>
    /// <param name="list">Writes the list to a stream.</param>
    /// <param name="archive">Writes the layer to a stream; called only if there are changes.</param>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public async Task ReplaceAsync(Func<Stream, Task> list, Func<Stream, Task> archive)
    {
        try
        {
            long changes = await WriteAsync(ListPath, list).ConfigureAwait(false);
            if (changes > 0)
            {
                await WriteAsync(ArchivePath, archive).ConfigureAwait(false);
            }

            File.Delete(ArchivePath);
            File.Move(ListPath + Unfinished, ListPath, overwrite: true);
            if (changes > 0)
            {
                File.Move(ArchivePath + Unfinished, ArchivePath);
            }
        }
        finally
        {
            File.Delete(ListPath + Unfinished);
            File.Delete(ArchivePath + Unfinished);
        }
    }

    private static async Task<long> WriteAsync(string path, Func<Stream, Task> write)
    {
        FileStream file = new(path + Unfinished, new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        await using (file.ConfigureAwait(false))
        {
            await write(file).ConfigureAwait(false);
            return file.Length;
        }
    }
}
