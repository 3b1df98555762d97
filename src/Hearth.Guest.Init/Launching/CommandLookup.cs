using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;

namespace Hearth.Guest.Init.Launching;

/// <summary>Finds where a command's file may be, as execvp(3) does, and explains why no candidate was executed.</summary>
internal static class CommandLookup
{
    /// <param name="command">A name, or a path if it has a slash.</param>
    /// <param name="path">The directories to search, separated by colons; an empty one is the working directory.</param>
    /// <returns>Paths for execve, in the order in which to try them.</returns>
    /// <exception cref="LaunchException">The command is empty.</exception>
    internal static IReadOnlyList<string> FindCandidates(string command, string path)
    {
        if (command.Length == 0)
        {
            throw new LaunchException(StartFailure.CommandNotFound, "the command is empty");
        }

        return IsPath(command)
            ? [command]
            : Array.ConvertAll(path.Split(':'), directory => directory.Length == 0 ? "./" + command : $"{directory.TrimEnd('/')}/{command}");
    }

    /// <summary>Checks that one of the candidates is a program, for a command that is executed later or by the reaper.</summary>
    /// <param name="job">As in <see cref="Explain"/>.</param>
    /// <param name="path">As in <see cref="Explain"/>.</param>
    /// <param name="candidates">The result of <see cref="FindCandidates"/>.</param>
    /// <param name="tree">The container's files.</param>
    /// <exception cref="LaunchException">None of the candidates is a program.</exception>
    internal static void Require(LaunchJob job, string path, IReadOnlyList<string> candidates, ContainerTree tree)
    {
        List<(string File, Errno Errno)> tried = [];
        foreach (string file in candidates)
        {
            string absolute = Absolute(file, job);
            bool isProgram = tree.HasProgram(absolute);
            if (isProgram && (ScriptLine.FindInterpreter(tree, absolute) is not { } interpreter || tree.Has(interpreter)))
            {
                return;
            }

            tried.Add((file, isProgram || !tree.Has(absolute) ? Errno.ENOENT : Errno.EACCES));
        }

        throw Explain(job, path, tried, tree);
    }

    /// <summary>Explains why none of the candidates was executed.</summary>
    /// <param name="job">The command, and the working directory for relative paths.</param>
    /// <param name="path">The directories that were searched.</param>
    /// <param name="tried">The error of each candidate, at least one. A missing file is skipped; any other error ended the search.</param>
    /// <param name="tree">The container's files.</param>
    internal static LaunchException Explain(LaunchJob job, string path, IReadOnlyList<(string File, Errno Errno)> tried, ContainerTree tree)
    {
        (string file, Errno errno) = tried[^1];
        if (!IsPath(job.Arguments[0]) && errno is Errno.ENOENT or Errno.ENOTDIR or Errno.EACCES)
        {
            int index = 0;
            while (!tree.HasRegularFile(Absolute(tried[index].File, job)))
            {
                if (++index == tried.Count)
                {
                    return new LaunchException(StartFailure.CommandNotFound, $"{job.Arguments[0]}: not found in the image; looked in {path}");
                }
            }

            (file, errno) = tried[index];
        }

        return errno switch
        {
            Errno.ENOENT when tree.HasRegularFile(Absolute(file, job)) => new LaunchException(
                StartFailure.InterpreterNotFound, $"{file}: its interpreter is not in the image (the line after #!, or the program's dynamic loader)"),
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

    private static bool IsPath(string command) => command.Contains('/', StringComparison.Ordinal);

    private static string Absolute(string file, LaunchJob job) => file.StartsWith('/') ? file : $"{job.WorkingDirectory}/{file}";
}
