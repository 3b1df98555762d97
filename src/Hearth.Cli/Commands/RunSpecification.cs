using Hearth.Cli.Values;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;
using Hearth.Images.Configuration;

namespace Hearth.Cli.Commands;

/// <summary>Turns the flags of <c>hearth run</c> into a container's description.</summary>
internal static class RunSpecification
{
    private const int MaxHostnameLength = 64;

    /// <summary>Reads everything but what an image may decide: <see cref="ReadChoices"/> has that.</summary>
    /// <param name="flags">Of the run.</param>
    /// <param name="line">The command line.</param>
    /// <param name="root">The directory, or the image's name.</param>
    /// <param name="process">The process.</param>
    /// <exception cref="UsageException">A value is invalid.</exception>
    public static ContainerSpec Read(RunFlags flags, ParsedLine line, string root, Func<ProcessSpec> process)
    {
        try
        {
            return new ContainerSpec
            {
                Root = new RootSpec { Path = root, Readonly = line.GetValue(flags.ReadOnly) },
                Hostname = CheckedHostname(line.GetValue(flags.Hostname)),
                Domainname = CheckedHostname(line.GetValue(flags.Domainname)),
                Process = flags.Privileges.Apply(line, flags.Process.Apply(line, process())),
                Mounts = ReadMounts(flags, line),
                Annotations = flags.Metadata.ReadAnnotations(line),
                Linux = new LinuxSpec { Resources = ReadResources(flags, line), Sysctl = flags.Guest.ReadParameters(line) },
            };
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <summary>The process in a directory.</summary>
    /// <exception cref="FormatException">A value is invalid, or there is no command.</exception>
    public static ProcessSpec ReadProcess(RunFlags flags, ParsedLine line, Func<string, string?> environment)
    {
        bool terminal = line.GetValue(flags.Tty);
        return new ProcessSpec
        {
            Args = flags.Process.ReadArguments(line, line.GetValue(flags.Command)),
            Cwd = ReadDirectory(flags, line) ?? "/",
            Terminal = terminal,
            User = new UserSpec { Username = line.GetValue(flags.User) },
            Env = ReadEnvironment(flags, line, terminal ? [ProcessSpec.UsualPath, "TERM=xterm"] : [ProcessSpec.UsualPath], environment),
        };
    }

    /// <summary>What the user chose about the process of an image.</summary>
    /// <exception cref="UsageException">A value is invalid.</exception>
    public static ProcessChoices ReadChoices(RunFlags flags, ParsedLine line, Func<string, string?> environment)
    {
        try
        {
            return new ProcessChoices
            {
                Entrypoint = flags.Process.ReadEntrypoint(line),
                Command = line.GetValue(flags.Command),
                WorkingDirectory = ReadDirectory(flags, line),
                User = line.GetValue(flags.User),
                Environment = ReadEnvironment(flags, line, [], environment),
                HasStopSignal = flags.Container.HasStopSignal(line),
                HasStopTimeout = flags.Container.HasStopTimeout(line),
            };
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static string? ReadDirectory(RunFlags flags, ParsedLine line) => line.GetValue(flags.Workdir) switch
    {
        null => null,
        ['/', ..] absolute => absolute,
        { } other => throw new FormatException($"the working directory '{other}' is invalid: it needs to be an absolute path"),
    };

    private static IReadOnlyList<string> ReadEnvironment(RunFlags flags, ParsedLine line, IEnumerable<string> defaults, Func<string, string?> environment) =>
        EnvironmentVariables.Collect(defaults, line.GetValue(flags.EnvFile), line.GetValue(flags.Env), environment);

    /// <summary>The given mounts; in a read-only root also those that most programs write to, as in podman.</summary>
    private static MountSpec[] ReadMounts(RunFlags flags, ParsedLine line)
    {
        MountSpec[] given = [.. line.GetValue(flags.Tmpfs).Select(TmpfsFlag.Parse), .. flags.Guest.ReadMounts(line)];
        return line.GetValue(flags.ReadOnly)
            ? [.. MountSpec.WritableUnderReadOnlyRoot.Where(mount => !given.Any(other => other.Destination == mount.Destination)), .. given]
            : given;
    }

    private static ResourcesSpec ReadResources(RunFlags flags, ParsedLine line)
    {
        ResourcesSpec given = flags.Limits.Read(line);
        return given with { Memory = (given.Memory ?? new MemorySpec()) with { Limit = given.Memory?.Limit ?? ByteSize.FromMebibytes(RunFlags.DefaultMemoryInMebibytes).Bytes } };
    }

    /// <summary>RFC 1123 labels joined by dots, and no longer than the kernel takes.</summary>
    private static string? CheckedHostname(string? name)
    {
        if (name is null)
        {
            return null;
        }

        bool valid = name.Length <= MaxHostnameLength && name.Split('.').All(label =>
            label.Length > 0 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
        return valid ? name : throw new FormatException($"invalid hostname '{name}': letters, digits, '-' and '.', at most {MaxHostnameLength} in all");
    }
}
