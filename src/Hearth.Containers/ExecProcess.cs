using Hearth.Containers.Specification;

namespace Hearth.Containers;

/// <summary>A process to start in a running container; what it leaves out it has of the container's own.</summary>
public sealed record ExecProcess
{
    public required IReadOnlyList<string> Args { get; init; }

    public bool Terminal { get; init; }

    /// <summary>NAME=VALUE each; over those of the container.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>Null for the container's.</summary>
    public string? Cwd { get; init; }

    /// <summary>user[:group]; null for the container's.</summary>
    public string? User { get; init; }

    /// <summary>Capabilities over those of the container, where that has not all.</summary>
    public IReadOnlyList<string> FurtherCapabilities { get; init; } = [];

    /// <summary>Null for the container's.</summary>
    public bool? NoNewPrivileges { get; init; }

    /// <summary>All of the process, where somebody has described it; the members above are left out then.</summary>
    public ProcessSpec? Whole { get; init; }

    /// <summary>Whether it is killed when its client goes away before it has ended.</summary>
    public bool EndsWithClient { get; init; }

    public ProcessSpec ProcessIn(ContainerDescription config)
    {
        ProcessSpec own = config.Spec.Process!;
        return Whole ?? own with
        {
            Args = Args,
            Terminal = Terminal,
            NoNewPrivileges = NoNewPrivileges ?? own.NoNewPrivileges,
            Capabilities = FurtherCapabilities.Count == 0 || own.Capabilities is null ? own.Capabilities : own.Capabilities with
            {
                Effective = [.. own.Capabilities.Effective.Union(FurtherCapabilities)],
            },
            Cwd = Cwd ?? own.Cwd,
            User = User is null ? own.User : new UserSpec { Username = User, AdditionalGroups = own.User.AdditionalGroups, Umask = own.User.Umask },
            Env = [.. own.Env.Where(variable => !Env.Any(other => NameOf(other) == NameOf(variable))), .. Env],
        };
    }

    private static string NameOf(string variable) => variable.Split('=', 2)[0];
}
