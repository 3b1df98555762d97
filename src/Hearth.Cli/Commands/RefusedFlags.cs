using Hearth.Cli.Commands.Images;
using Hearth.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary>Flags of docker and podman for containers that a microVM cannot honour. Each is refused with the reason, or ignored with a warning, as docker's API of hearthd does with the field.</summary>
internal sealed class RefusedFlags
{
    private const string Devices = "a microVM has no devices of the host; share files with -v";
    private const string Mappings = "a microVM has its own users, separate from the host's; omit the flag";
    private const string Namespaces = "a microVM has a kernel of its own and shares no namespace with the host or another container; omit the flag";
    private const string NoSwap = "a machine gets none of the host's swap";
    private const string NoRealTime = "a machine has no real-time share of the host";
    private const string Private = "private";

    private readonly UnhonouredFlag[] refused =
    [
        new("--device", Devices),
        new("--device-cgroup-rule", Devices),
        new("--gpus", Devices),
        new("--ip6", "a container's IPv6 address follows from its IPv4 address, which --ip chooses"),
        new("--link", "containers of one network know each other by name; create one with 'hearth network create', and give both --network"),
        new("--link-local-ip", "a container has one IPv4 address in each network; choose it with --ip"),
        new("--pid", Namespaces, Private),
        new("--ipc", Namespaces, Private, "shareable"),
        new("--uts", Namespaces, Private),
        new("--cgroupns", Namespaces, Private),
        new("--userns", Mappings),
        new("--uidmap", Mappings),
        new("--gidmap", Mappings),
        new("--subuidname", Mappings),
        new("--subgidname", Mappings),
        new("--log-driver", "output is stored as json-file does, and 'hearth logs' reads it; omit the flag", "json-file", "local"),
        new("--volume-driver", "there is only 'local'", "local"),
        new("--storage-opt", "the writable layer is in the guest's memory, or with --scratch SIZE on a disk of that size"),
    ];

    private readonly UnhonouredFlag[] ignoredLimits =
    [
        new("--memory-swap", NoSwap),
        new("--kernel-memory", "the machine's memory is the limit", "0"),
        new("--cpu-rt-period", NoRealTime, "0"),
        new("--cpu-rt-runtime", NoRealTime, "0"),
    ];

    private readonly UnhonouredFlag[] ignored =
    [
        new("--memory-swappiness", NoSwap, "-1"),
        new("--runtime", "there is one runtime, 'hearth'", "hearth", "runc", "io.containerd.runc.v2"),
    ];

    private readonly Flag<bool> endures = Flag.Switch("--oom-kill-disable", "").Hidden();

    private readonly Flag<bool> trust = ContentTrust.Create();

    public Flag[] All => [.. refused.Concat(ignoredLimits).Concat(ignored).Select(each => each.Flag), endures, trust];

    /// <summary>Those that change a container that exists.</summary>
    public Flag[] OfUpdate => [.. ignoredLimits.Select(each => each.Flag)];

    /// <returns>Warnings about flags that are ignored.</returns>
    /// <exception cref="UsageException">A flag that is refused was given.</exception>
    public IEnumerable<string> Check(ParsedLine line)
    {
        ContentTrust.Check(line, trust);
        Array.ForEach(refused, flag => flag.Refuse(line));
        string[] warnings = [.. ignoredLimits.Concat(ignored).SelectMany(flag => flag.Ignore(line))];
        return line.GetValue(endures) ? [.. warnings, $"{endures.Name} is ignored: the guest's kernel cannot leave the container's processes waiting for memory"] : warnings;
    }
}
