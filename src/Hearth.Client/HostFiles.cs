using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Text;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Client;

/// <summary>
/// Files of the host on their way into a container and out of it. The same code packs and unpacks them as in the guest, so that both
/// directions keep the same. An archive that comes out of a guest may be hostile: nothing beside the directory is touched.
/// </summary>
internal static class HostFiles
{
    /// <summary>What a path names; null where there is nothing.</summary>
    /// <exception cref="HearthException">It cannot be reached.</exception>
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
    /// <param name="path">A symbolic link in it is followed, at its end if <paramref name="followsLink"/>.</param>
    /// <param name="followsLink">False to pack the link itself.</param>
    /// <param name="firstName">The first component of every name.</param>
    /// <param name="archive">Takes it, and stays the caller's.</param>
    /// <returns>What was left out.</returns>
    /// <exception cref="HearthException">Something of it cannot be read.</exception>
    public static Task<IReadOnlyList<Diagnostic>> PackAsync(string path, bool followsLink, string firstName, Stream archive) => RunAsync(path, () =>
    {
        ArchiveWarnings warnings = new();
        using SafeFileHandle source = Hold(path, followsLink);
        new ArchivePacking(new TarWriter(archive), warnings).Pack(source, ByteText.Encode(firstName));
        return warnings.All;
    });

    /// <summary>Unpacks an archive into a directory.</summary>
    /// <param name="archive">Stays the caller's.</param>
    /// <param name="directory">It exists.</param>
    /// <param name="keepsAll">True for owners, set-id bits, capabilities and devices as they were; else the files are the caller's.</param>
    /// <returns>What was left out.</returns>
    /// <exception cref="HearthException">The archive is none, something is in the way, or the disk is full.</exception>
    public static Task<IReadOnlyList<Diagnostic>> UnpackAsync(Stream archive, string directory, bool keepsAll) => RunAsync(directory, () =>
    {
        ArchiveWarnings warnings = new();
        using SafeFileHandle target = Hold(directory, followsLink: true);
        UnpackingOptions options = new() { Owner = keepsAll ? UnpackedOwner.OfArchive : UnpackedOwner.Caller, KeepsPrivileges = keepsAll };
        using ArchiveUnpacking unpacking = new(target, options, warnings);
        unpacking.Unpack(new TarReader(archive));
        return warnings.All;
    });

    /// <summary>By a thread of its own: packing and unpacking wait for disks and for the other side.</summary>
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
