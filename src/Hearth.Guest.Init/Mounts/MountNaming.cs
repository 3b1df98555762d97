using Hearth.Linux;
using Hearth.Linux.Mounts;

namespace Hearth.Guest.Init.Mounts;

/// <summary>Calls mount(2). Failures name the container's paths and the usual causes.</summary>
internal static class MountNaming
{
    internal static void Mount(string source, string target, string? fileSystem, MountFlags flags, string? data, string shownAs)
    {
        try
        {
            FileSystems.Mount(source, target, fileSystem, flags, data);
        }
        catch (LinuxException failure)
        {
            throw new GuestInitException(Describe(source, shownAs, fileSystem, failure), failure);
        }
    }

    internal static string Describe(string source, string shownAs, string? fileSystem, LinuxException failure) =>
        $"cannot mount {(fileSystem is null ? "what was given" : $"{fileSystem} ({source})")} on {shownAs}: {Explain(failure, fileSystem)}";

    private static string Explain(LinuxException failure, string? fileSystem) => failure.Errno switch
    {
        Errno.ENODEV => $"the guest's kernel has no {fileSystem}: it is neither built in nor among the modules of the initramfs",
        Errno.ENOTDIR => "not a directory: one of the two is a directory and the other is a file; use two directories or two files",
        Errno.ENOTBLK => "its source is not a drive",
        Errno.EINVAL => $"an option is unknown to the file system, or the drive holds no {fileSystem} (EINVAL)",
        _ => failure.Message,
    };
}
