using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Mounts;

namespace Hearth.Guest.Init.Launching;

/// <summary>Finds a command's file as execvp(3) does, for the user that the caller has become.</summary>
internal static class CommandLookup
{
    /// <param name="command">A name, or a path where it has a slash.</param>
    /// <param name="path">The directories to look in, separated by colons; an empty one is the working directory.</param>
    /// <returns>A path for execve.</returns>
    /// <exception cref="LaunchException">Nothing of the name is there, or nothing that may be executed.</exception>
    internal static string Find(string command, string path)
    {
        if (command.Length == 0)
        {
            throw new LaunchException(StartFailure.CommandNotFound, "the command is empty");
        }

        if (command.Contains('/', StringComparison.Ordinal))
        {
            return command;
        }

        string? refused = null;
        foreach (string directory in path.Split(':'))
        {
            string candidate = directory.Length == 0 ? "./" + command : $"{directory.TrimEnd('/')}/{command}";
            if (!File.Exists(candidate))
            {
                continue;
            }

            if (RootedPaths.MayExecute(candidate))
            {
                return candidate;
            }

            refused ??= candidate;
        }

        throw refused is null
            ? new LaunchException(StartFailure.CommandNotFound, $"{command}: not found in the image; looked in {path}")
            : new LaunchException(StartFailure.NotExecutable, $"{refused}: permission denied");
    }

    /// <summary>Tells why execve refused.</summary>
    internal static LaunchException Explain(string file, Errno errno) => errno switch
    {
        Errno.ENOENT when File.Exists(file) => new LaunchException(
            StartFailure.CommandNotFound, $"{file}: its interpreter is not in the image (the line after #!, or the program's dynamic loader)"),
        Errno.ENOENT or Errno.ENOTDIR => new LaunchException(StartFailure.CommandNotFound, $"{file}: not found in the image"),
        Errno.EACCES when Directory.Exists(file) => new LaunchException(StartFailure.NotExecutable, $"{file}: is a directory"),
        Errno.EACCES or Errno.EPERM => new LaunchException(StartFailure.NotExecutable, $"{file}: permission denied"),
        Errno.ENOEXEC => new LaunchException(
            StartFailure.NotExecutable, $"{file}: not a program for this machine (exec format error); a script must begin with #!"),
        Errno.E2BIG => new LaunchException(StartFailure.System, $"{file}: arguments and environment are too long together"),
        _ => new LaunchException(StartFailure.System, new LinuxException("execve", errno, file).Message),
    };
}
