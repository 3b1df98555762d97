using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Launching;

/// <summary>The description of a process to start, and the namespaces and the control group for it.</summary>
internal sealed record LaunchJob
{
    /// <summary>The container's first process, whose root and namespaces to join; null to be the first process.</summary>
    internal ProcessHandle? Joined { get; init; }

    /// <summary>True to stop at <see cref="Launch.Gate"/> before the command is executed.</summary>
    internal bool IsHeld { get; init; }

    /// <summary>True to run as the child of a process 1 that forwards signals and reaps orphans.</summary>
    internal bool HasReaper { get; init; }

    /// <summary>A descriptor of the container's control group; null if the kernel has no control groups.</summary>
    internal SafeFileHandle? Group { get; init; }

    /// <summary>True if no process can be created in the group: it is at its limit of processes, or has groups of its own.</summary>
    internal bool JoinsGroupLate { get; init; }

    internal required string Hostname { get; init; }

    /// <summary>argv, with the command first.</summary>
    internal required IReadOnlyList<string> Arguments { get; init; }

    internal IReadOnlyList<string> Environment { get; init; } = [];

    internal string WorkingDirectory { get; init; } = "/";

    internal string User { get; init; } = "";

    internal IReadOnlyList<string> AdditionalGroups { get; init; } = [];

    internal int CreationMask { get; init; }

    internal int OutOfMemoryScore { get; init; }

    /// <summary>The standard input, output and error; none if there is a terminal.</summary>
    internal IReadOnlyList<SafeFileHandle> StandardDescriptors { get; init; } = [];

    /// <summary>The path in the container of the terminal that is all three; null for none.</summary>
    internal string? TerminalPath { get; init; }

    /// <summary>A mask of capability numbers; null leaves them unchanged.</summary>
    internal ulong? Capabilities { get; init; }

    internal bool NoNewPrivileges { get; init; }

    internal IReadOnlyList<ResourceLimit> ResourceLimits { get; init; } = [];
}
