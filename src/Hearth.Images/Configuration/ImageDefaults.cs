using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Linux.Processes;

namespace Hearth.Images.Configuration;

/// <summary>
/// Completes a container's description from its image, by docker's rules: the user's choices replace the image's values, and
/// an entrypoint of the user's also the image's command. Variables, labels, ports and volumes are joined.
/// </summary>
public static class ImageDefaults
{
    /// <param name="description">The user's choices apart from the process.</param>
    /// <param name="origin">The image.</param>
    /// <param name="image">The image's configuration.</param>
    /// <param name="choices">The user's choices about the process.</param>
    /// <exception cref="ImageException">Neither the user nor the image names a command, or a value of the image cannot be used.</exception>
    public static ContainerDescription Apply(ContainerDescription description, ImageOrigin origin, ImageConfiguration image, ProcessChoices choices)
    {
        ProcessConfiguration defaults = image.Config ?? new ProcessConfiguration();
        return description with
        {
            Image = origin,
            Spec = description.Spec with
            {
                Root = (description.Spec.Root ?? new RootSpec { Path = "" }) with { Path = origin.Name },
                Process = Complete(description.Spec.Process ?? new ProcessSpec(), origin, defaults, choices),
            },
            Labels = Join(defaults.Labels, description.Labels),
            StopSignal = choices.HasStopSignal || string.IsNullOrEmpty(defaults.StopSignal) ? description.StopSignal : ParseSignal(origin, defaults.StopSignal),
            StopTimeoutSeconds = choices.HasStopTimeout ? description.StopTimeoutSeconds : defaults.StopTimeout ?? description.StopTimeoutSeconds,
            Network = description.Network with { ExposedPorts = [.. description.Network.ExposedPorts.Union((defaults.ExposedPorts?.Keys ?? []).SelectMany(port => ExposedPorts(origin, port)))] },
            Health = HealthDefaults.Complete(description.Health, defaults),
            Volumes = [.. description.Volumes, .. MissingVolumes(description, defaults)],
        };
    }

    private static ProcessSpec Complete(ProcessSpec process, ImageOrigin origin, ProcessConfiguration defaults, ProcessChoices choices)
    {
        string[] variables = [ProcessSpec.UsualPath, .. process.Terminal ? ["TERM=xterm"] : Array.Empty<string>(), .. defaults.Env ?? [], .. choices.Environment];
        string directory = choices.WorkingDirectory ?? (string.IsNullOrEmpty(defaults.WorkingDirectory) ? "/" : defaults.WorkingDirectory);
        return process with
        {
            Args = Command(origin, defaults, choices),
            Cwd = directory.StartsWith('/') ? directory : $"/{directory}",
            User = process.User with { Username = choices.User ?? (string.IsNullOrEmpty(defaults.User) ? null : defaults.User) },
            Env = LastOfEachName(variables),
        };
    }

    private static string[] Command(ImageOrigin origin, ProcessConfiguration defaults, ProcessChoices choices)
    {
        bool replaces = choices.Entrypoint is not null;
        string[] entrypoint = [.. choices.Entrypoint ?? defaults.Entrypoint ?? []];
        string[] command = choices.Command.Count > 0 || replaces ? [.. choices.Command] : [.. defaults.Cmd ?? []];
        string[] words = [.. entrypoint, .. command];
        return words.Length > 0
            ? words
            : throw new ImageException(ImageError.InvalidRequest, $"cannot run the image '{origin.Name}': no command given, and the image has none; name one, such as /bin/sh");
    }

    /// <summary>The variables in the order in which their names first appear, each with its last value.</summary>
    private static string[] LastOfEachName(IEnumerable<string> variables) =>
        [.. variables.Where(variable => variable.IndexOf('=', StringComparison.Ordinal) > 0).GroupBy(variable => variable[..variable.IndexOf('=', StringComparison.Ordinal)]).Select(group => group.Last())];

    private static Dictionary<string, string> Join(IReadOnlyDictionary<string, string>? defaults, IReadOnlyDictionary<string, string> given)
    {
        Dictionary<string, string> joined = new(defaults ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach ((string name, string value) in given)
        {
            joined[name] = value;
        }

        return joined;
    }

    /// <summary>A volume for each directory that the image wants one for, and that has no mount of the user's.</summary>
    private static IEnumerable<VolumeMount> MissingVolumes(ContainerDescription description, ProcessConfiguration defaults)
    {
        HashSet<string> taken =
        [
            .. description.Volumes.Select(volume => volume.Destination),
            .. description.Rootfs.Binds.Select(bind => bind.Destination),
            .. description.Spec.Mounts.Select(mount => mount.Destination),
        ];
        return (defaults.Volumes?.Keys ?? [])
            .Select(path => Path.GetFullPath(path, "/").TrimEnd('/'))
            .Where(path => path.Length > 0 && taken.Add(path))
            .Select(path => new VolumeMount { Kind = VolumeKind.Volume, Source = VolumeName.NewAnonymous(), Destination = path, IsAnonymous = true });
    }

    private static IReadOnlyList<string> ExposedPorts(ImageOrigin origin, string port) =>
        PortMapping.TryExpand(port) ?? throw new ImageException(ImageError.Malformed, $"cannot use the image '{origin.Name}': its exposed port '{port}' is no port; make the image anew without it");

    private static int ParseSignal(ImageOrigin origin, string text)
    {
        try
        {
            return SignalNames.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new ImageException(ImageError.Malformed, $"cannot use the image '{origin.Name}': its stop signal {exception.Message}; --stop-signal replaces it", exception);
        }
    }
}
