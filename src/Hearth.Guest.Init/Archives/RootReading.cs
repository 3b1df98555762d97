using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Hearth.Tar;
using Hearth.Tar.Layers;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Archives;

/// <summary>Writes the container's root, or what the container changed of it, to standard output. For an <see cref="ArchiveWorker"/>.</summary>
internal static class RootReading
{
    private const string Bare = "/hearth/bare";

    /// <exception cref="ArchiveException">Something cannot be read.</exception>
    internal static RequestDone Read(RootForm form)
    {
        ArchiveWarnings warnings = new();
        using SafeFileHandle standardOutput = new(1, ownsHandle: false);
        using DescriptorStream target = new(standardOutput, FileAccess.Write);
        if (form == RootForm.Tree)
        {
            using SafeFileHandle root = HoldBare();
            new ArchivePacking(new TarWriter(target), warnings).Pack(root, []);
        }
        else if (Directory.Exists(RootMounts.ChangesPath))
        {
            ReadChanges(form, target, warnings);
        }
        else if (form == RootForm.Layer)
        {
            new TarWriter(target).End();
        }

        return new RequestDone(warnings.All);
    }

    private static void ReadChanges(RootForm form, DescriptorStream target, ArchiveWarnings warnings)
    {
        using SafeFileHandle upper = RootedPaths.Hold(RootMounts.ChangesPath);
        using SafeFileHandle lower = RootedPaths.Hold(RootMounts.Lower);
        using SafeFileHandle root = RootedPaths.Hold(RootMounts.Container);
        string[] own = [.. StandardMounts.Places, .. Array.FindAll(HostFiles.Covered, place => IsCovered(root, place))];
        if (form == RootForm.Changes)
        {
            LayerWalk.List(upper, lower, own, target);
        }
        else
        {
            LayerWalk.Pack(upper, lower, own, new TarWriter(target), warnings);
        }
    }

    /// <summary>Whether a file of Hearth's is mounted there. The container may have created one with the same name.</summary>
    private static bool IsCovered(SafeFileHandle root, string place)
    {
        using SafeFileHandle? directory = RootedPaths.TryHold(root, Path.GetDirectoryName(place)!, out _);
        return directory is not null && DirectoryFiles.IsMountRoot(directory, [.. System.Text.Encoding.ASCII.GetBytes(Path.GetFileName(place)), 0]);
    }

    /// <summary>Opens the root without what is mounted below it, by a mount of its own that ends with this process.</summary>
    private static SafeFileHandle HoldBare()
    {
        Directory.CreateDirectory(Bare);
        Namespaces.Unshare(NamespaceKinds.Mount);
        MountNaming.Mount(RootMounts.Container, Bare, null, MountFlags.Bind, null, "/");
        return RootedPaths.Hold(Bare);
    }
}
