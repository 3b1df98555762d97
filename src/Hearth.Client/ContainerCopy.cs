using System.IO.Pipelines;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Client;

/// <summary>
/// Copies between a container and the host. Names have the meaning of <c>docker cp</c>: if the target is an existing
/// directory, the source is copied into it under its own name, or with a final <c>/.</c> only its contents. Otherwise the last
/// name of the target is the new name.
/// </summary>
public sealed class ContainerCopy(IRunningContainers service, string id)
{
    private const uint TypeMask = 0xF000;
    private const uint DirectoryType = 0x4000;
    private const string Contents = "/.";

    /// <summary>Copies a path of the container to a path of the host.</summary>
    /// <param name="from">A path in the container.</param>
    /// <param name="to">A path on the host.</param>
    /// <param name="followsLink">True to copy the target of a symbolic link.</param>
    /// <param name="keepsAll">False to make the caller the owner, and to leave out set-id bits, capabilities and devices.</param>
    /// <param name="cancellationToken">Abandons the copy: files that are unpacked by then stay.</param>
    public async Task<IReadOnlyList<Diagnostic>> ToHostAsync(string from, string to, bool followsLink, bool keepsAll, CancellationToken cancellationToken = default)
    {
        string source = Absolute(from);
        PathStatus status = await RequireAsync(source, followsLink || from.EndsWith('/'), cancellationToken).ConfigureAwait(false);
        bool isDirectory = IsDirectory(status);
        (string directory, string? name) = HostPlaceOf(to, isDirectory);
        string firstName = name ?? (from.EndsWith(Contents, StringComparison.Ordinal) ? "." : status.Name == "/" ? "." : Path.GetFileName(source.TrimEnd('/')));
        Pipe pipe = new();
        Task<IReadOnlyList<Diagnostic>> extracting = ExtractAsync(pipe.Reader, directory, keepsAll);
        IReadOnlyList<Diagnostic> diagnostics = [];
        try
        {
            await using Stream archive = pipe.Writer.AsStream();
            diagnostics = await service.CopyOutAsync(id, source, firstName, followsLink, archive, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HearthException or OperationCanceledException)
        {
            // The archive ends early, which ends the unpacking.
            await ((Task)extracting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return [.. diagnostics, .. await extracting.ConfigureAwait(false)];
    }

    /// <summary>Copies a path of the container into a tar archive.</summary>
    /// <param name="from">A path in the container.</param>
    /// <param name="followsLink">True to copy the target of a symbolic link.</param>
    /// <param name="archive">Receives the archive. The caller closes it.</param>
    /// <param name="cancellationToken">Abandons the copy: the archive stays incomplete.</param>
    public async Task<IReadOnlyList<Diagnostic>> ToArchiveAsync(string from, bool followsLink, Stream archive, CancellationToken cancellationToken = default)
    {
        string source = Absolute(from);
        await RequireAsync(source, followsLink, cancellationToken).ConfigureAwait(false);
        return await service.CopyOutAsync(id, source, from.EndsWith(Contents, StringComparison.Ordinal) ? "." : null, followsLink, archive, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies a path of the host to a path of the container.</summary>
    /// <param name="from">A path on the host.</param>
    /// <param name="to">A path in the container.</param>
    /// <param name="followsLink">True to copy the target of a symbolic link.</param>
    /// <param name="keepsOwner">False to make the container's root user the owner.</param>
    /// <param name="cancellationToken">Abandons the copy: files that are unpacked by then stay.</param>
    public async Task<IReadOnlyList<Diagnostic>> FromHostAsync(string from, string to, bool followsLink, bool keepsOwner, CancellationToken cancellationToken = default)
    {
        bool follows = followsLink || from.EndsWith('/');
        bool isDirectory = (HostFiles.Find(from, follows) ?? throw Refused($"cannot copy '{from}': there is no such file or directory")).IsDirectory;
        bool isContents = from.EndsWith(Contents, StringComparison.Ordinal);
        (string directory, string? name) = await GuestPlaceOfAsync(to, isDirectory, isContents, cancellationToken).ConfigureAwait(false);
        string firstName = name ?? (isContents ? "." : OwnNameOf(from));
        ArchiveOwner? owner = keepsOwner ? null : new ArchiveOwner(0, 0);
        IReadOnlyList<Diagnostic> leftOut = [];
        IReadOnlyList<Diagnostic> diagnostics = await service.CopyInAsync(id, new CopyInRequest(directory, FirstName: null, owner), PackAsync, cancellationToken).ConfigureAwait(false);
        return [.. leftOut, .. diagnostics];

        // The packing thread ends when the connection is closed.
        async Task PackAsync(Stream archive, CancellationToken _) => leftOut = await HostFiles.PackAsync(from, follows, firstName, archive).ConfigureAwait(false);
    }

    /// <summary>Unpacks a tar archive into a directory of the container.</summary>
    /// <param name="archive">The caller closes it. After a cancellation one read of it may still be in progress.</param>
    /// <param name="to">A directory of the container.</param>
    /// <param name="cancellationToken">Abandons the copy: files that are unpacked by then stay.</param>
    public Task<IReadOnlyList<Diagnostic>> FromArchiveAsync(Stream archive, string to, CancellationToken cancellationToken = default) =>
        FromArchiveAsync(archive, to, owner: null, replaces: false, cancellationToken);

    /// <summary>Unpacks a tar archive into a directory of the container.</summary>
    /// <param name="archive">The caller closes it. After a cancellation one read of it may still be in progress.</param>
    /// <param name="to">A directory of the container.</param>
    /// <param name="owner">The owner of all files; null for the owners in the archive.</param>
    /// <param name="replaces">Whether a directory and what is none replace each other.</param>
    /// <param name="cancellationToken">Abandons the copy: files that are unpacked by then stay.</param>
    public async Task<IReadOnlyList<Diagnostic>> FromArchiveAsync(Stream archive, string to, ArchiveOwner? owner, bool replaces, CancellationToken cancellationToken = default)
    {
        PathStatus status = await RequireAsync(Absolute(to), followsLink: true, cancellationToken).ConfigureAwait(false);
        return IsDirectory(status)
            ? await service.CopyInAsync(id, new CopyInRequest(Absolute(to), null, owner) { Replaces = replaces }, archive.CopyToAsync, cancellationToken).ConfigureAwait(false)
            : throw Refused($"cannot unpack an archive into '{to}': it is not a directory");
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
            throw Refused($"cannot copy a directory to '{to}': a file with this name exists");
        }

        string trimmed = to.TrimEnd('/');
        int slash = trimmed.LastIndexOf('/');
        string parent = slash < 0 ? "." : trimmed[..Math.Max(slash, 1)];
        if (HostFiles.Find(parent, followsLink: true) is not { IsDirectory: true })
        {
            throw Refused($"cannot copy to '{to}': the directory '{parent}' does not exist");
        }

        return !isDirectory && to.EndsWith('/')
            ? throw Refused($"cannot copy to '{to}': the directory does not exist")
            : (parent, trimmed[(slash + 1)..]);
    }

    /// <summary>The last name of a path; the directory's real name if the path ends in dots.</summary>
    private static string OwnNameOf(string path) => path.TrimEnd('/') is var trimmed && trimmed[(trimmed.LastIndexOf('/') + 1)..] is not ("" or "." or "..") and var name
        ? name
        : Path.GetFileName(Path.GetFullPath(path).TrimEnd('/')) is { Length: > 0 } full ? full : ".";

    private async Task<(string Directory, string? Name)> GuestPlaceOfAsync(string to, bool isDirectory, bool isContents, CancellationToken cancellationToken)
    {
        string path = Absolute(to);
        PathStatus? status = await service.StatPathAsync(id, path, followsLink: true, cancellationToken).ConfigureAwait(false);
        if (status is not null && IsDirectory(status))
        {
            return (path, null);
        }

        if (status is not null && isDirectory)
        {
            throw Refused($"cannot copy a directory to '{to}': a file with this name exists");
        }

        string trimmed = path.TrimEnd('/');
        string parent = Path.GetDirectoryName(trimmed) ?? "/";
        if (await service.StatPathAsync(id, parent, followsLink: true, cancellationToken).ConfigureAwait(false) is not { } above || !IsDirectory(above))
        {
            throw Refused($"cannot copy to '{to}': the container has no directory '{parent}'");
        }

        return !isDirectory && !isContents && to.EndsWith('/')
            ? throw Refused($"cannot copy to '{to}': the container has no such directory")
            : (parent, Path.GetFileName(trimmed));
    }

    private async Task<PathStatus> RequireAsync(string path, bool followsLink, CancellationToken cancellationToken) =>
        await service.StatPathAsync(id, path, followsLink, cancellationToken).ConfigureAwait(false)
        ?? throw new HearthException(HearthError.GuestPathUnknown, $"there is no '{path}' in the container");

    /// <summary>Unpacks the archive. After a failure, the other side can still write to its end; the rest is dropped.</summary>
    private static async Task<IReadOnlyList<Diagnostic>> ExtractAsync(PipeReader reader, string directory, bool keepsAll)
    {
        await using Stream archive = reader.AsStream();
        return await HostFiles.UnpackAsync(archive, directory, keepsAll).ConfigureAwait(false);
    }

    /// <summary>Makes a path absolute: paths of a container begin at its root.</summary>
    private static string Absolute(string path) => Path.GetFullPath("/" + path.TrimStart('/'));

    private static bool IsDirectory(PathStatus status) => (status.Mode & TypeMask) == DirectoryType;

    private static HearthException Refused(string message) => new(HearthError.InvalidRequest, message);
}
