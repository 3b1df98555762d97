using Hearth.Guest.Init.World;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;

namespace Hearth.Guest.Init.Launching;

/// <summary>Where a command's file may be, as execvp(3) looks for it, and why none of the places was right.</summary>
internal static class CommandLookup
{
    /// <param name="job">The command, a name, or a path where it has a slash; and the working directory that relative paths begin in.</param>
    /// <param name="path">The directories to look in, separated by colons; an empty one is the working directory.</param>
    /// <param name="tree">The container's files.</param>
    /// <returns>Paths for execve, to be tried in this order; at least one.</returns>
    /// <exception cref="LaunchException">The command is empty, or in none of the directories.</exception>
    internal static IReadOnlyList<string> FindCandidates(LaunchJob job, string path, ContainerTree tree)
    {
        string command = job.Arguments[0];
        if (command.Length == 0)
        {
            throw new LaunchException(StartFailure.CommandNotFound, "the command is empty");
        }

        if (command.Contains('/', StringComparison.Ordinal))
        {
            return [command];
        }

        string[] found =
        [
            .. path.Split(':')
                .Select(directory => directory.Length == 0 ? "./" + command : $"{directory.TrimEnd('/')}/{command}")
                .Where(file => tree.HasRegularFile(Absolute(file, job))),
        ];
        return found.Length > 0 ? found : throw new LaunchException(StartFailure.CommandNotFound, $"{command}: not found in the image; looked in {path}");
    }

    /// <summary>Tells why execve refused them all.</summary>
    /// <param name="job">The command.</param>
    /// <param name="tried">What each candidate gave; at least one. What is absent is passed over; anything else ends the search.</param>
    /// <param name="tree">The container's files.</param>
    internal static LaunchException Explain(LaunchJob job, IReadOnlyList<(string File, Errno Errno)> tried, ContainerTree tree)
    {
        (string file, Errno errno) = tried[^1].Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.EACCES ? tried[0] : tried[^1];
        return errno switch
        {
            Errno.ENOENT when tree.HasRegularFile(Absolute(file, job)) => new LaunchException(
                StartFailure.CommandNotFound, $"{file}: its interpreter is not in the image (the line after #!, or the program's dynamic loader)"),
            Errno.ENOENT or Errno.ENOTDIR => new LaunchException(StartFailure.CommandNotFound, $"{file}: not found in the image"),
            Errno.EACCES when tree.HasDirectory(Absolute(file, job)) =>
                new LaunchException(StartFailure.NotExecutable, $"{file}: is a directory"),
            Errno.EACCES or Errno.EPERM => new LaunchException(StartFailure.NotExecutable, $"{file}: permission denied"),
            Errno.ENOEXEC => new LaunchException(
                StartFailure.NotExecutable, $"{file}: not a program for this machine (exec format error); a script must begin with #!"),
            Errno.E2BIG => new LaunchException(StartFailure.System, $"{file}: arguments and environment are too long together"),
            _ => new LaunchException(StartFailure.System, new LinuxException("execve", errno, file).Message),
        };
    }

    private static string Absolute(string file, LaunchJob job) => file.StartsWith('/') ? file : $"{job.WorkingDirectory}/{file}";
}
