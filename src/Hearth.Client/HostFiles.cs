using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Text;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Client;

/// <summary>
/// Packs files of the host for a container, and unpacks files that come out of one. The guest uses the same code, so that both
/// directions keep the same attributes. An archive from a guest may be hostile: nothing outside the directory is touched.
/// </summary>
internal static class HostFiles
{
    /// <summary>Reads the status of a path; null if nothing exists there.</summary>
    /// <exception cref="HearthException">The path cannot be reached.</exception>
    public static NodeStatus? Find(string path, bool followsLink)
    {
        Errno errno = HeldNodes.TryHoldPath(path, followsLink, out SafeFileHandle held);
        using (held)
        {
            if (errno is Errno.ENOENT or Errno.ENOTDIR)
            {
                return null;
            }

            NodeStatus status = default;
            errno = errno == Errno.None ? HeldNodes.TryInspect(held, "\0"u8[..0], out status) : errno;
            return errno == Errno.None ? status : throw Failed(path, new LinuxException("open", errno).Message);
        }
    }

    /// <summary>Packs a path.</summary>
    /// <param name="path">Symbolic links in it are followed, the last one only if <paramref name="followsLink"/>.</param>
    /// <param name="followsLink">False to pack the link itself.</param>
    /// <param name="firstName">The first component of every name.</param>
    /// <param name="archive">Receives the archive. The caller closes it.</param>
    /// <returns>A warning for each file that was left out.</returns>
    /// <exception cref="HearthException">A file cannot be read.</exception>
    public static Task<IReadOnlyList<Diagnostic>> PackAsync(string path, bool followsLink, string firstName, Stream archive) => RunAsync(path, () =>
    {
        ArchiveWarnings warnings = new();
        using SafeFileHandle source = Hold(path, followsLink);
        new ArchivePacking(new TarWriter(archive), warnings).Pack(source, ByteText.Encode(firstName));
        return warnings.All;
    });

    /// <summary>Unpacks an archive into a directory.</summary>
    /// <param name="archive">The caller closes it.</param>
    /// <param name="directory">An existing directory.</param>
    /// <param name="keepsAll">True to keep owners, set-id bits, capabilities and devices; else the caller owns the files.</param>
    /// <returns>A warning for each file that was left out.</returns>
    /// <exception cref="HearthException">The archive is malformed, an existing file conflicts, or the disk is full.</exception>
    public static Task<IReadOnlyList<Diagnostic>> UnpackAsync(Stream archive, string directory, bool keepsAll) => RunAsync(directory, () =>
    {
        ArchiveWarnings warnings = new();
        using SafeFileHandle target = Hold(directory, followsLink: true);
        UnpackingOptions options = new() { Owner = keepsAll ? UnpackedOwner.OfArchive : UnpackedOwner.Caller, KeepsPrivileges = keepsAll };
        using ArchiveUnpacking unpacking = new(target, options, warnings);
        unpacking.Unpack(new TarReader(archive));
        return warnings.All;
    });

    /// <summary>Runs on a separate thread: packing and unpacking wait for disks and for the other side.</summary>
    private static async Task<IReadOnlyList<Diagnostic>> RunAsync(string path, Func<IReadOnlyList<string>> act)
    {
        try
        {
            IReadOnlyList<string> warnings = await Task.Factory.StartNew(act, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            return [.. Diagnostic.Warnings(DiagnosticCode.CopyIncomplete, warnings)];
        }
        catch (ArchiveException failure)
        {
            throw Failed(path, failure.Message, failure);
        }
    }

    private static SafeFileHandle Hold(string path, bool followsLink)
    {
        Errno errno = HeldNodes.TryHoldPath(path, followsLink, out SafeFileHandle held);
        return errno == Errno.None ? held : throw Failed(path, new LinuxException("open", errno).Message);
    }

    private static HearthException Failed(string path, string cause, Exception? inner = null) =>
        new(HearthError.StorageFailed, $"cannot copy '{path}': {cause}", inner);
}
