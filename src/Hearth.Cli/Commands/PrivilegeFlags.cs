using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.Cli.Commands;

/// <summary>Flags of <c>run</c> and <c>create</c> for what a process may do in the guest; docker's names.</summary>
internal sealed class PrivilegeFlags
{
    private readonly Flag<string[]> added = Flag.List("--cap-add", "NAME", "keep a capability that --cap-drop drops; without --cap-drop, a\ncontainer has all");

    private readonly Flag<string[]> dropped = Flag.List("--cap-drop", "NAME", "drop a capability of the guest: NET_RAW, or ALL");

    private readonly Flag<bool> privileged = Flag.Switch("--privileged", "keep all capabilities of the guest, which are none of the host's");

    private readonly Flag<string[]> options = Flag.List("--security-opt", "OPTION", "no-new-privileges: set-id programs and file capabilities give nothing");

    private readonly Flag<long?> score = Flag.Integer("--oom-score-adj", "N", "how readily the guest's kernel kills the command when it is out of\nmemory, -1000 to 1000");

    public Flag[] All => [added, dropped, privileged, options, score];

    public bool IsPrivileged(ParsedLine line) => line.GetValue(privileged);

    /// <exception cref="FormatException">A value is invalid.</exception>
    public ProcessSpec Apply(ParsedLine line, ProcessSpec process) => process with
    {
        Capabilities = CapabilityChoice.Read(line.GetValue(added), line.GetValue(dropped), line.GetValue(privileged)),
        NoNewPrivileges = SecurityOption.ReadNoNewPrivileges(line.GetValue(options)),
        OomScoreAdj = line.GetValue(score) is { } given ? ResourceChecks.CheckScore(given) : null,
    };
}
