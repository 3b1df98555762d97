using System.IO.Pipelines;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Runtime.Containers;

/// <summary>
/// Copies between a running container and the host, with the meaning of names that docker gives them: into a directory that is
/// there a source goes by its own name, or with a final <c>/.</c> by its contents; else the last name is the new one.
/// </summary>
public sealed class ContainerCopy(ContainerService service, string id)
{
    private const uint TypeMask = 0xF000;
    private const uint DirectoryType = 0x4000;
    private const string Contents = "/.";

    /// <summary>Copies a path of the container to one of the host. Owners become the caller.</summary>
    public async Task<IReadOnlyList<string>> ToHostAsync(string from, string to, bool followsLink)
    {
        string source = Absolute(from);
        PathStatus status = await RequireAsync(source, followsLink || from.EndsWith('/')).ConfigureAwait(false);
        bool isDirectory = IsDirectory(status);
        (string directory, string? name) = HostPlaceOf(to, isDirectory, from.EndsWith(Contents, StringComparison.Ordinal));
        string firstName = name ?? (from.EndsWith(Contents, StringComparison.Ordinal) ? "." : status.Name == "/" ? "." : Path.GetFileName(source.TrimEnd('/')));
        Pipe pipe = new();
        Task<IReadOnlyList<string>> extracting = ExtractAsync(pipe.Reader, directory);
        IReadOnlyList<string> warnings = [];
        try
        {
            await using Stream archive = pipe.Writer.AsStream();
            warnings = await service.CopyOutAsync(id, source, firstName, followsLink, archive).ConfigureAwait(false);
        }
        catch (RuntimeException)
        {
            // What it had sent until then was no whole archive.
            _ = extracting.ContinueWith(task => _ = task.Exception, TaskScheduler.Default);
            throw;
        }

        return [.. warnings, .. await extracting.ConfigureAwait(false)];
    }

    /// <summary>Copies a path of the container into a tar archive.</summary>
    public async Task<IReadOnlyList<string>> ToArchiveAsync(string from, bool followsLink, Stream archive)
    {
        string source = Absolute(from);
        await RequireAsync(source, followsLink).ConfigureAwait(false);
        return await service.CopyOutAsync(id, source, from.EndsWith(Contents, StringComparison.Ordinal) ? "." : null, followsLink, archive).ConfigureAwait(false);
    }

    /// <summary>Copies a path of the host to one of the container.</summary>
    /// <param name="from">On the host.</param>
    /// <param name="to">In the container.</param>
    /// <param name="followsLink">True for what a symbolic link leads to.</param>
    /// <param name="keepsOwner">False to give everything to the container's root.</param>
    public async Task<IReadOnlyList<string>> FromHostAsync(string from, string to, bool followsLink, bool keepsOwner)
    {
        string source = Path.GetFullPath(from);
        FileSystemInfo info = Find(source, followsLink || from.EndsWith('/'));
        bool isContents = from.EndsWith(Contents, StringComparison.Ordinal);
        (string directory, string? name) = await GuestPlaceOfAsync(to, info is DirectoryInfo, isContents).ConfigureAwait(false);
        string firstName = name ?? (isContents ? "." : Path.GetFileName(source));
        ArchiveOwner? owner = keepsOwner ? null : new ArchiveOwner(0, 0);
        return await service.CopyInAsync(id, directory, firstName: null, owner, archive => HostArchive.WriteAsync(archive, info, firstName)).ConfigureAwait(false);
    }

    /// <summary>Unpacks a tar archive into a directory of the container.</summary>
    public async Task<IReadOnlyList<string>> FromArchiveAsync(Stream archive, string to)
    {
        PathStatus status = await RequireAsync(Absolute(to), followsLink: true).ConfigureAwait(false);
        return IsDirectory(status)
            ? await service.CopyInAsync(id, Absolute(to), null, null, target => archive.CopyToAsync(target)).ConfigureAwait(false)
            : throw Refused($"cannot unpack an archive into '{to}': it is no directory");
    }

    private static (string Directory, string? Name) HostPlaceOf(string to, bool isDirectory, bool isContents)
    {
        string path = Path.GetFullPath(to);
        if (Directory.Exists(path))
        {
            return (path, null);
        }

        if (File.Exists(path) && isDirectory)
        {
            throw Refused($"cannot copy a directory to '{to}': there is a file");
        }

        string? parent = Path.GetDirectoryName(path.TrimEnd('/'));
        if (parent is null || !Directory.Exists(parent))
        {
            throw Refused($"cannot copy to '{to}': there is no directory '{parent}'");
        }

        return !isDirectory && to.EndsWith('/')
            ? throw Refused($"cannot copy to '{to}': there is no such directory")
            : (parent, isContents || isDirectory ? Path.GetFileName(path.TrimEnd('/')) : Path.GetFileName(path));
    }

    private async Task<(string Directory, string? Name)> GuestPlaceOfAsync(string to, bool isDirectory, bool isContents)
    {
        string path = Absolute(to);
        PathStatus? status = await service.StatPathAsync(id, path, followsLink: true).ConfigureAwait(false);
        if (status is not null && IsDirectory(status))
        {
            return (path, null);
        }

        if (status is not null && isDirectory)
        {
            throw Refused($"cannot copy a directory to '{to}': there is a file");
        }

        string trimmed = path.TrimEnd('/');
        string parent = Path.GetDirectoryName(trimmed) ?? "/";
        if (await service.StatPathAsync(id, parent, followsLink: true).ConfigureAwait(false) is not { } above || !IsDirectory(above))
        {
            throw Refused($"cannot copy to '{to}': there is no directory '{parent}' in the container");
        }

        return !isDirectory && !isContents && to.EndsWith('/')
            ? throw Refused($"cannot copy to '{to}': there is no such directory in the container")
            : (parent, Path.GetFileName(trimmed));
    }

    private async Task<PathStatus> RequireAsync(string path, bool followsLink) =>
        await service.StatPathAsync(id, path, followsLink).ConfigureAwait(false)
        ?? throw new RuntimeException(RuntimeError.GuestPathUnknown, $"there is no '{path}' in the container");

    private static FileSystemInfo Find(string path, bool followsLink)
    {
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (info.LinkTarget is not null)
        {
            return followsLink ? info.ResolveLinkTarget(returnFinalTarget: true) ?? throw Refused($"cannot follow '{path}'") : new FileInfo(path);
        }

        return info.Exists ? info : throw Refused($"there is no '{path}'");
    }

    /// <summary>A failure lets the other side go on to its end, and drops the rest.</summary>
    private static async Task<IReadOnlyList<string>> ExtractAsync(PipeReader reader, string directory)
    {
        await using Stream archive = reader.AsStream();
        return await new HostExtraction(directory).ExtractAsync(archive).ConfigureAwait(false);
    }

    /// <summary>Paths of a container begin at its root.</summary>
    private static string Absolute(string path) => Path.GetFullPath("/" + path.TrimStart('/'));

    private static bool IsDirectory(PathStatus status) => (status.Mode & TypeMask) == DirectoryType;

    private static RuntimeException Refused(string message) => new(RuntimeError.InvalidRequest, message);
}
