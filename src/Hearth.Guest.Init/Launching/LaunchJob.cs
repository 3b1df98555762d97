using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Launching;

/// <summary>What a process is to be, and where it is to live.</summary>
internal sealed record LaunchJob
{
    /// <summary>The container's first process, whose world to join; null to found the world as its first.</summary>
    internal ProcessHandle? Joined { get; init; }

    /// <summary>True to stop at <see cref="Launch.Gate"/> before the command is executed.</summary>
    internal bool IsHeld { get; init; }

    /// <summary>True to be the child of a process 1 that passes signals on and reaps orphans.</summary>
    internal bool HasReaper { get; init; }

    /// <summary>The container's control group, held; null where the kernel has none.</summary>
    internal SafeFileHandle? Group { get; init; }

    /// <summary>True where the group takes no newborn: it holds as many processes as it may, or has groups of its own.</summary>
    internal bool JoinsGroupLate { get; init; }

    internal required string Hostname { get; init; }

    /// <summary>The command first.</summary>
    internal required IReadOnlyList<string> Arguments { get; init; }

    internal IReadOnlyList<string> Environment { get; init; } = [];

    internal string WorkingDirectory { get; init; } = "/";

    internal string User { get; init; } = "";

    internal IReadOnlyList<string> AdditionalGroups { get; init; } = [];

    internal int CreationMask { get; init; }

    internal int OutOfMemoryScore { get; init; }

    /// <summary>Its standard input, output and error; none where it has a terminal.</summary>
    internal IReadOnlyList<SafeFileHandle> StandardDescriptors { get; init; } = [];

    /// <summary>The terminal in the container, which is all three; null for none.</summary>
    internal string? TerminalPath { get; init; }

    /// <summary>A mask of capability numbers; null leaves them as they are.</summary>
    internal ulong? Capabilities { get; init; }

    internal bool NoNewPrivileges { get; init; }

    internal IReadOnlyList<ResourceLimit> ResourceLimits { get; init; } = [];
}
