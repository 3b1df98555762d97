using System.Globalization;
using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Records.Recovery;

namespace Hearth.Rendering;

/// <summary>A container as <c>inspect</c> shows it, with docker's names where docker has the member.</summary>
public sealed record ContainerView
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Created { get; init; }

    /// <summary>The program.</summary>
    public required string Path { get; init; }

    public required IReadOnlyList<string> Args { get; init; }

    public required StateView State { get; init; }

    public required ConfigView Config { get; init; }

    /// <summary>The host's directory that is its root.</summary>
    public required string Root { get; init; }

    public required int RestartCount { get; init; }

    public required IReadOnlyList<MountView> Mounts { get; init; }

    public required NetworkSettingsView NetworkSettings { get; init; }

    /// <summary>What it occupies on the disk; missing if that was not asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? SizeRw { get; init; }

    /// <summary>The same with its image.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? SizeRootFs { get; init; }

    /// <summary>Where its description, state and log are.</summary>
    public required string Directory { get; init; }

    /// <summary>The keeper; 0 while it is stopped.</summary>
    [JsonPropertyName("keeperPid")]
    public required int KeeperPid { get; init; }

    /// <summary>The virtual machine monitor; 0 while it is stopped.</summary>
    [JsonPropertyName("vmmPid")]
    public required int VmmPid { get; init; }

    [JsonPropertyName("vmm")]
    public string? Vmm { get; init; }

    [JsonPropertyName("accelerator")]
    public string? Accelerator { get; init; }

    /// <summary>The container's description.</summary>
    [JsonPropertyName("description")]
    public required ContainerDescription Description { get; init; }

    /// <param name="container">The record.</param>
    /// <param name="resources">What it has of the host; null while it is stopped.</param>
    /// <param name="network">What passed its network; null if that is not known.</param>
    public static ContainerView Of(Container container, RunResources? resources, NetworkReport? network)
    {
        ContainerDescription description = container.Description;
        ContainerState state = container.State;
        IReadOnlyList<string> command = description.Spec.Process!.Args;
        return new ContainerView
        {
            Id = description.Id,
            Name = description.Name,
            Created = Time(description.Created),
            Path = command[0],
            Args = [.. command.Skip(1)],
            State = StateView.Of(state),
            Config = ConfigView.Of(description),
            Root = description.Spec.Root!.Path,
            RestartCount = Math.Max(0, state.Starts - 1),
            Mounts = MountView.AllOf(description),
            NetworkSettings = NetworkSettingsView.Of(resources, description.Network, network),
            Directory = container.RecordDirectory,
            KeeperPid = state.Keeper?.Pid ?? 0,
            VmmPid = state.Machine?.Pid ?? 0,
            Vmm = state.Vmm,
            Accelerator = state.Accelerator,
            Description = description,
        };
    }

    /// <summary>RFC 3339; docker's zero for a time that has not been reached.</summary>
    public static string Time(DateTimeOffset? time) =>
        time is { } known ? known.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture) : "0001-01-01T00:00:00Z";
}

/// <summary>docker's <c>State</c>.</summary>
public sealed record StateView(
    string Status, bool Running, bool Paused, bool Restarting, bool OOMKilled, bool Dead, int Pid, int ExitCode, string Error, string StartedAt, string FinishedAt)
{
    /// <summary>Null if the container's health is not checked.</summary>
    public HealthView? Health { get; init; }

    public static StateView Of(ContainerState state) => new(
        state.Status.ToString().ToLowerInvariant(),
        state.Status is ContainerStatus.Running or ContainerStatus.Paused,
        state.Status == ContainerStatus.Paused,
        Restarting: false,
        state.OutOfMemory,
        Dead: false,
        state.Keeper?.Pid ?? 0,
        state.ExitCode,
        state.Error ?? "",
        ContainerView.Time(state.StartedAt),
        ContainerView.Time(state.FinishedAt))
    {
        Health = HealthView.Of(state.Health),
    };
}

/// <summary>docker's <c>Config</c>, with the members that Hearth has.</summary>
public sealed record ConfigView(
    string Hostname, string User, bool Tty, bool OpenStdin, bool StdinOnce, IReadOnlyList<string> Env, IReadOnlyList<string> Cmd, string WorkingDir,
    IReadOnlyDictionary<string, string> Labels, int StopSignal, int StopTimeout)
{
    public static ConfigView Of(ContainerDescription description)
    {
        ProcessSpec process = description.Spec.Process!;
        return new ConfigView(
            description.Spec.Hostname ?? description.Id[..12],
            process.User.Username ?? (process.User is { Uid: 0, Gid: 0 } ? "" : string.Create(CultureInfo.InvariantCulture, $"{process.User.Uid}:{process.User.Gid}")),
            process.Terminal,
            description.Interactive,
            description.InputEndsWithClient,
            process.Env,
            process.Args,
            process.Cwd,
            description.Labels,
            description.StopSignal,
            description.StopTimeoutSeconds);
    }
}
