using System.IO.Pipelines;
using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Client;

/// <summary>
/// Copies between a running container and the host, with the meaning of names that docker gives them: into a directory that is
/// there a source goes by its own name, or with a final <c>/.</c> by its contents; else the last name is the new one.
/// </summary>
public sealed class ContainerCopy(ContainerService service, string id)
{
    private const uint TypeMask = 0xF000;
    private const uint DirectoryType = 0x4000;
    private const string Contents = "/.";

    /// <summary>Copies a path of the container to one of the host.</summary>
    /// <param name="from">In the container.</param>
    /// <param name="to">On the host.</param>
    /// <param name="followsLink">True for what a symbolic link leads to.</param>
    /// <param name="keepsAll">False to give everything to the caller, and to leave out set-id bits, capabilities and devices.</param>
    public async Task<IReadOnlyList<string>> ToHostAsync(string from, string to, bool followsLink, bool keepsAll)
    {
        string source = Absolute(from);
        PathStatus status = await RequireAsync(source, followsLink || from.EndsWith('/')).ConfigureAwait(false);
        bool isDirectory = IsDirectory(status);
        (string directory, string? name) = HostPlaceOf(to, isDirectory);
        string firstName = name ?? (from.EndsWith(Contents, StringComparison.Ordinal) ? "." : status.Name == "/" ? "." : Path.GetFileName(source.TrimEnd('/')));
        Pipe pipe = new();
        Task<IReadOnlyList<string>> extracting = ExtractAsync(pipe.Reader, directory, keepsAll);
        IReadOnlyList<string> warnings = [];
        try
        {
            await using Stream archive = pipe.Writer.AsStream();
            warnings = await service.CopyOutAsync(id, source, firstName, followsLink, archive).ConfigureAwait(false);
        }
        catch (HearthException)
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
        bool follows = followsLink || from.EndsWith('/');
        bool isDirectory = (HostFiles.Find(from, follows) ?? throw Refused($"cannot copy '{from}': there is no such file or directory")).IsDirectory;
        bool isContents = from.EndsWith(Contents, StringComparison.Ordinal);
        (string directory, string? name) = await GuestPlaceOfAsync(to, isDirectory, isContents).ConfigureAwait(false);
        string firstName = name ?? (isContents ? "." : OwnNameOf(from));
        ArchiveOwner? owner = keepsOwner ? null : new ArchiveOwner(0, 0);
        IReadOnlyList<string> leftOut = [];
        IReadOnlyList<string> warnings = await service.CopyInAsync(
            id, directory, firstName: null, owner, async archive => leftOut = await HostFiles.PackAsync(from, follows, firstName, archive).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. leftOut, .. warnings];
    }

    /// <summary>Unpacks a tar archive into a directory of the container.</summary>
    public async Task<IReadOnlyList<string>> FromArchiveAsync(Stream archive, string to)
    {
        PathStatus status = await RequireAsync(Absolute(to), followsLink: true).ConfigureAwait(false);
        return IsDirectory(status)
            ? await service.CopyInAsync(id, Absolute(to), null, null, target => archive.CopyToAsync(target)).ConfigureAwait(false)
            : throw Refused($"cannot unpack an archive into '{to}': it is no directory");
    }

    private static (string Directory, string? Name) HostPlaceOf(string to, bool isDirectory)
    {
        bool? isThere = HostFiles.Find(to, followsLink: true)?.IsDirectory;
        if (isThere == true)
        {
            return (to, null);
        }

        if (isThere == false && isDirectory)
        {
            throw Refused($"cannot copy a directory to '{to}': there is a file");
        }

        string trimmed = to.TrimEnd('/');
        int slash = trimmed.LastIndexOf('/');
        string parent = slash < 0 ? "." : trimmed[..Math.Max(slash, 1)];
        if (HostFiles.Find(parent, followsLink: true) is not { IsDirectory: true })
        {
            throw Refused($"cannot copy to '{to}': there is no directory '{parent}'");
        }

        return !isDirectory && to.EndsWith('/')
            ? throw Refused($"cannot copy to '{to}': there is no such directory")
            : (parent, trimmed[(slash + 1)..]);
    }

    /// <summary>The last name of a path; the directory's own where the path ends in dots.</summary>
    private static string OwnNameOf(string path) => path.TrimEnd('/') is var trimmed && trimmed[(trimmed.LastIndexOf('/') + 1)..] is not ("" or "." or "..") and var name
        ? name
        : Path.GetFileName(Path.GetFullPath(path).TrimEnd('/')) is { Length: > 0 } full ? full : ".";

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
        ?? throw new HearthException(HearthError.GuestPathUnknown, $"there is no '{path}' in the container");

    /// <summary>A failure lets the other side go on to its end, and drops the rest.</summary>
    private static async Task<IReadOnlyList<string>> ExtractAsync(PipeReader reader, string directory, bool keepsAll)
    {
        await using Stream archive = reader.AsStream();
        return await HostFiles.UnpackAsync(archive, directory, keepsAll).ConfigureAwait(false);
    }

    /// <summary>Paths of a container begin at its root.</summary>
    private static string Absolute(string path) => Path.GetFullPath("/" + path.TrimStart('/'));

    private static bool IsDirectory(PathStatus status) => (status.Mode & TypeMask) == DirectoryType;

    private static HearthException Refused(string message) => new(HearthError.InvalidRequest, message);
}
