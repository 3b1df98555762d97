using System.Globalization;
using Hearth.Guest.Init.Launching;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Hearth.Linux.Text;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Archives;

/// <summary>
/// A copy of init that answers one request about the container's files and exits. It is a separate process, so that it can be
/// killed if a file system hangs or an archive never ends. It runs in the container's control group, so that its writes count
/// as the container's; not to read the whole root, since the group may be suspended meanwhile. It runs in init's namespaces, where no process of the container sees it, and holds the container's root
/// by a descriptor.
/// </summary>
internal static class ArchiveWorker
{
    /// <summary>The program's argument for this role; the arguments of <see cref="Run"/> follow it.</summary>
    internal const string Argument = "archive";

    /// <summary>The limit of open descriptors: each level of a tree needs two. Root may raise its limit this far.</summary>
    private const ulong Descriptors = 65536;

    /// <summary>Runs the worker. It reads the request from a socket and writes the answer to it.</summary>
    /// <param name="firstPid">The container's first process; 0 if none runs.</param>
    /// <param name="hasGroup">Whether the container has a control group.</param>
    internal static int Run(string firstPid, string hasGroup)
    {
        using SafeFileHandle socket = new(JobSocket.Number, ownsHandle: true);
        GuestAnswer answer;
        try
        {
            if (JobSocket.Read(socket) is not { } job || GuestMessageJson.Deserialize(job) is not GuestRequest request)
            {
                return 1;
            }

            answer = Answer(request, int.Parse(firstPid, CultureInfo.InvariantCulture), bool.Parse(hasGroup));
        }
        catch (ArchiveException failure)
        {
            answer = new RequestFailed(failure.Error == TarError.Refused ? RequestFailure.Refused : RequestFailure.System, failure.Message);
        }
        catch (RequestRefusal refusal)
        {
            answer = new RequestFailed(refusal.Reason, refusal.Message);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            answer = new RequestFailed(RequestFailure.System, failure.Message);
        }

        DescriptorIO.WriteAll(socket, GuestMessageJson.Serialize(answer));
        return 0;
    }

    private static GuestAnswer Answer(GuestRequest request, int firstPid, bool hasGroup)
    {
        ResourceLimits.Set("RLIMIT_NOFILE", Descriptors, Descriptors);
        if (hasGroup)
        {
            ControlGroup.WriteFile(GroupEntry.FindMembers(firstPid), GroupEntry.TheWriter);
        }

        if (request is ReadRoot whole)
        {
            return RootReading.Read(whole.Form);
        }

        using SafeFileHandle root = HoldRoot(firstPid);
        return request switch
        {
            StatPath stat => Stat(root, stat),
            WriteArchive write => Write(root, write),
            ReadArchive read => Read(root, read),
            _ => new RequestFailed(RequestFailure.Unsupported, $"{request.GetType().Name} is not a request about files"),
        };
    }

    /// <summary>
    /// Opens the root that the container's processes have. A thread opens it in their mount namespace. This process stays outside,
    /// since it does not appear in the container's /proc. Before the first process, it opens the tree that init has mounted.
    /// </summary>
    private static SafeFileHandle HoldRoot(int firstPid)
    {
        if (firstPid == 0)
        {
            return RootedPaths.Hold(RootMounts.Container);
        }

        using ProcessHandle first = ProcessHandle.TryOpen(firstPid) ?? throw new RequestRefusal(RequestFailure.Refused, "the container's first process has ended");
        return ContainerRoot.Hold(first);
    }

    private static PathStatus Stat(SafeFileHandle root, StatPath request)
    {
        using SafeFileHandle held = Hold(root, request.Path, request.FollowsLink);
        Errno errno = HeldNodes.TryInspect(held, "\0"u8[..0], out NodeStatus status);
        if (errno != Errno.None)
        {
            throw new LinuxException("statx", errno, request.Path);
        }

        Span<byte> target = stackalloc byte[4096];
        return new PathStatus
        {
            Name = NameOf(request.Path),
            Mode = status.Mode,
            SizeInBytes = (long)status.Size,
            UserId = status.Uid,
            GroupId = status.Gid,
            ModifiedUnixNanoseconds = (status.Modified.Seconds * 1_000_000_000) + status.Modified.Nanoseconds,
            LinkTarget = HeldNodes.TryReadLink(held, target, out int count) == Errno.None ? ByteText.Decode(target[..count]) : null,
        };
    }

    private static RequestDone Write(SafeFileHandle root, WriteArchive request)
    {
        RequireName(request.FirstName);
        ArchiveWarnings warnings = new();
        using SafeFileHandle directory = Hold(root, request.Directory, followsLink: true);
        if (HeldNodes.TryInspect(directory, "\0"u8[..0], out NodeStatus status) != Errno.None || !status.IsDirectory)
        {
            throw new RequestRefusal(RequestFailure.Refused, $"{request.Directory}: not a directory");
        }

        using SafeFileHandle standardInput = new(0, ownsHandle: false);
        using DescriptorStream source = new(standardInput, FileAccess.Read);
        UnpackingOptions options = new()
        {
            FirstName = request.FirstName is { } name ? ByteText.Encode(name) : null,
            Owner = request.Owner is { } owner ? OwnerOf(root, owner) : UnpackedOwner.OfArchive,
            ReplacesOthers = request.Replaces,
        };
        using ArchiveUnpacking unpacking = new(directory, options, warnings);
        unpacking.Unpack(new TarReader(source));
        return new RequestDone(warnings.All);
    }

    private static UnpackedOwner OwnerOf(SafeFileHandle root, ArchiveOwner owner)
    {
        if (owner.Name is not { } name)
        {
            return UnpackedOwner.Of(owner.UserId, owner.GroupId);
        }

        try
        {
            Identity found = UserLookup.Load(new ContainerTree(root)).Resolve(name);
            return UnpackedOwner.Of(found.UserId, found.GroupId);
        }
        catch (LaunchException unknown)
        {
            throw new RequestRefusal(RequestFailure.Refused, unknown.Message);
        }
    }

    private static RequestDone Read(SafeFileHandle root, ReadArchive request)
    {
        string name = request.FirstName ?? NameOf(request.Path);
        RequireName(name == "/" ? "." : name);
        ArchiveWarnings warnings = new();
        using SafeFileHandle held = Hold(root, request.Path, request.FollowsLink);
        using SafeFileHandle standardOutput = new(1, ownsHandle: false);
        using DescriptorStream target = new(standardOutput, FileAccess.Write);
        new ArchivePacking(new TarWriter(target), warnings).Pack(held, ByteText.Encode(name == "/" ? "." : name));
        return new RequestDone(warnings.All);
    }

    private static SafeFileHandle Hold(SafeFileHandle root, string path, bool followsLink) =>
        RootedPaths.TryHold(root, path, followsLink, out Errno errno) ?? throw (errno switch
        {
            Errno.ENOENT or Errno.ENOTDIR => new RequestRefusal(RequestFailure.NotFound, $"{path}: the container has no such file or directory"),
            Errno.ELOOP => new RequestRefusal(RequestFailure.Refused, $"{path}: its symbolic links form a loop"),
            _ => new RequestRefusal(RequestFailure.System, new LinuxException("open", errno, path).Message),
        });

    private static string NameOf(string path) => path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed[(trimmed.LastIndexOf('/') + 1)..] : "/";

    private static void RequireName(string? name)
    {
        if (name is not null && (name.Length == 0 || name == ".." || name.Contains('/') || name.Contains('\0')))
        {
            throw new RequestRefusal(RequestFailure.Refused, $"'{name}' cannot be the first name in an archive");
        }
    }
}
