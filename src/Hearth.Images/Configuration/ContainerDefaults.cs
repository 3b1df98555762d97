using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Distribution.Manifests;
using Hearth.Linux.Processes;

namespace Hearth.Images.Configuration;

/// <summary>The defaults of an image that is made of a container: those of its image, with what the container has instead.</summary>
internal static class ContainerDefaults
{
    private const string Terminal = "TERM=xterm";

    public static ProcessConfiguration Of(ContainerDescription container, ProcessConfiguration defaults)
    {
        ProcessSpec process = container.Spec.Process ?? new ProcessSpec();
        string[] entrypoint = [.. defaults.Entrypoint ?? []];
        bool hasEntrypoint = entrypoint.Length > 0 && process.Args.Take(entrypoint.Length).SequenceEqual(entrypoint);
        return defaults with
        {
            Entrypoint = hasEntrypoint ? entrypoint : null,
            Cmd = hasEntrypoint ? [.. process.Args.Skip(entrypoint.Length)] : [.. process.Args],
            Env = [.. process.Env.Where(variable => variable != Terminal || defaults.Env?.Contains(Terminal) == true)],
            WorkingDirectory = process.Cwd == "/" && string.IsNullOrEmpty(defaults.WorkingDirectory) ? defaults.WorkingDirectory : process.Cwd,
            User = process.User.Username ?? UserOf(process.User) ?? defaults.User,
            Labels = container.Labels.Count == 0 ? null : container.Labels,
            ExposedPorts = container.Network.ExposedPorts.Count == 0 ? null : container.Network.ExposedPorts.Distinct().ToDictionary(port => port, _ => new EmptyObject()),
            Healthcheck = HealthDefaults.Describe(container.Health),
            StopSignal = container.StopSignal == SignalOf(defaults) ? defaults.StopSignal : SignalNames.NameOf(container.StopSignal),
            StopTimeout = container.StopTimeoutSeconds == (defaults.StopTimeout ?? ContainerDescription.DefaultStopTimeoutSeconds) ? defaults.StopTimeout : container.StopTimeoutSeconds,
            Volumes = VolumesOf(container, defaults),
        };
    }

    /// <summary>The signal that the container has unless another was given; null where the image's is none, so that another was.</summary>
    private static int? SignalOf(ProcessConfiguration defaults)
    {
        try
        {
            return string.IsNullOrEmpty(defaults.StopSignal) ? SignalNumber.Terminate : SignalNames.Parse(defaults.StopSignal);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static IReadOnlyDictionary<string, EmptyObject>? VolumesOf(ContainerDescription container, ProcessConfiguration defaults)
    {
        string[] paths = [.. (defaults.Volumes?.Keys ?? []).Union(container.Volumes.Where(volume => volume.IsAnonymous).Select(volume => volume.Destination))];
        return paths.Length == 0 ? defaults.Volumes : paths.ToDictionary(path => path, _ => new EmptyObject());
    }

    private static string? UserOf(UserSpec user) => user is { Uid: 0, Gid: 0 } ? null : $"{user.Uid}:{user.Gid}";
}
