using Hearth.Linux.Processes;
using Hearth.Linux.Text;

namespace Hearth.Containers.Specification;

/// <summary>The specification's <c>process</c>.</summary>
public sealed record ProcessSpec
{
    /// <summary>The variable of a process whose image or caller sets no PATH; docker's.</summary>
    public const string UsualPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <exception cref="HearthException">The bytes are not JSON, or not a process description.</exception>
    public static ProcessSpec Parse(ReadOnlySpan<byte> json, string name) =>
        SpecificationReading.Read(json, SpecificationJson.Default.ProcessSpec, $"the process description '{name}'").AsText();

    /// <summary>
    /// Converts the strings of a document, which are literal text, to <see cref="ByteText"/>, the form of command-line arguments.
    /// </summary>
    internal ProcessSpec AsText() => this with
    {
        Args = [.. Args.Select(ByteText.FromText)],
        Env = [.. Env.Select(ByteText.FromText)],
        Cwd = ByteText.FromText(Cwd),
    };

    /// <summary>Returns the process of an exec: this one with another command, without a terminal.</summary>
    /// <param name="args">The command and its arguments.</param>
    public ProcessSpec WithCommand(IReadOnlyList<string> args) => this with { Args = args, Terminal = false, ConsoleSize = null };

    /// <summary>Returns the process with further variables; a variable of the same name is replaced.</summary>
    /// <param name="env">NAME=VALUE each.</param>
    private ProcessSpec WithEnvironment(IReadOnlyList<string> env) =>
        this with { Env = [.. Env.Where(variable => !env.Any(other => NameOf(other) == NameOf(variable))), .. env] };

    /// <summary>Returns the process with another user; the additional groups stay.</summary>
    /// <param name="user"><c>user[:group]</c>, names or numbers.</param>
    private ProcessSpec WithUser(string user) =>
        this with { User = new UserSpec { Username = user, AdditionalGroups = User.AdditionalGroups, Umask = User.Umask } };

    /// <summary>Returns the process with further effective capabilities. One that has all keeps all.</summary>
    /// <param name="names">Such as <c>CAP_CHOWN</c>.</param>
    private ProcessSpec WithCapabilities(IReadOnlyList<string> names) =>
        this with { Capabilities = Capabilities is null ? null : Capabilities with { Effective = [.. Capabilities.Effective.Union(names)] } };

    /// <summary>
    /// Returns the process of an exec: the container's own with this one's command, terminal and variables, and with its directory,
    /// user name and effective capabilities if it has any.
    /// </summary>
    /// <param name="own">The container's first process.</param>
    public ProcessSpec Over(ProcessSpec own)
    {
        ProcessSpec process = own.WithCommand(Args).WithEnvironment(Env).WithCapabilities(Capabilities?.Effective ?? []) with
        {
            Terminal = Terminal,
            Cwd = Cwd.Length > 0 ? Cwd : own.Cwd,
            NoNewPrivileges = NoNewPrivileges || own.NoNewPrivileges,
        };
        return User.Username is { } user ? process.WithUser(user) : process;
    }

    public bool Terminal { get; init; }

    public ConsoleSizeSpec? ConsoleSize { get; init; }

    public UserSpec User { get; init => field = value ?? new(); } = new();

    public IReadOnlyList<string> Args { get; init => field = value ?? []; } = [];

    /// <summary>NAME=VALUE each.</summary>
    public IReadOnlyList<string> Env { get; init => field = value ?? []; } = [];

    /// <summary>Absolute, in the container.</summary>
    public string Cwd { get; init => field = value ?? "/"; } = "/";

    /// <summary>Null keeps all of them: the boundary is the virtual machine.</summary>
    public CapabilitiesSpec? Capabilities { get; init; }

    public IReadOnlyList<RlimitSpec> Rlimits { get; init => field = value ?? []; } = [];

    public bool NoNewPrivileges { get; init; }

    /// <summary>How readily the kernel kills the process when memory runs out, -1000 to 1000.</summary>
    public int? OomScoreAdj { get; init; }

    /// <summary>A confinement profile of a security module of the host's kernel, which a guest does not have.</summary>
    public string? ApparmorProfile { get; init; }

    /// <summary>As <see cref="ApparmorProfile"/>.</summary>
    public string? SelinuxLabel { get; init; }

    private static string NameOf(string variable) => variable.Split('=', 2)[0];
}

/// <summary>The specification's <c>process.consoleSize</c>, in characters.</summary>
public sealed record ConsoleSizeSpec(ushort Height, ushort Width);

/// <summary>The specification's <c>process.user</c>.</summary>
public sealed record UserSpec
{
    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public uint? Umask { get; init; }

    public IReadOnlyList<uint> AdditionalGids { get; init => field = value ?? []; } = [];

    /// <summary>Hearth's own: names of groups in addition to <see cref="AdditionalGids"/>. The guest looks them up in the image.</summary>
    public IReadOnlyList<string> AdditionalGroups { get; init => field = value ?? []; } = [];

    /// <summary>
    /// <c>user[:group]</c>, names or numbers, which the guest looks up in the image. If set, it takes precedence over
    /// <see cref="Uid"/> and <see cref="Gid"/>. (The specification gives the member a meaning on Windows only.)
    /// </summary>
    public string? Username { get; init; }
}

/// <summary>The specification's <c>process.capabilities</c>: names such as <c>CAP_CHOWN</c>.</summary>
public sealed record CapabilitiesSpec
{
    /// <summary>All that there are, for a process of a container that does not have all.</summary>
    public static CapabilitiesSpec All { get; } = new() { Effective = CapabilitySet.AllNames };

    public IReadOnlyList<string> Bounding { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Effective { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Inheritable { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Permitted { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Ambient { get; init => field = value ?? []; } = [];
}

/// <summary>One of the specification's <c>process.rlimits</c>: <c>RLIMIT_NOFILE</c> and so on.</summary>
public sealed record RlimitSpec(string Type, ulong Soft, ulong Hard);
