using System.Text.Json;

namespace Hearth.Worker.Docker.Containers;

/// <summary>
/// docker's fields that mean nothing for a machine with its own kernel, or that are not there yet. A value other than the
/// default is refused where the container would be another one without it, and else answered with a warning.
/// </summary>
internal static class UnhonouredFields
{
    private const string Devices = "a microVM has no devices of the host; share files by a volume";
    private const string OwnNamespaces = "a microVM has a kernel of its own and shares none of the host's namespaces";
    private const string OwnUsers = "a microVM has its own users, separate from the host's";

    private static readonly Dictionary<string, string> refused = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Devices"] = Devices,
        ["DeviceRequests"] = Devices,
        ["DeviceCgroupRules"] = Devices,
        ["UsernsMode"] = OwnUsers,
        ["VolumesFrom"] = "name the volumes and directories themselves",
        ["Links"] = "containers of one network find each other by name; create a network",
        ["VolumeDriver"] = "there is only 'local'",
        ["DnsOptions"] = "the guest's resolver has no options; Dns and DnsSearch are honoured",
        ["StorageOpt"] = "the writable layer is in the guest's memory",
    };

    private static readonly Dictionary<string, string> warned = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Privileged"] = "all capabilities of the machine are there anyway, and none of the host's",
        ["CapAdd"] = "a container has all capabilities of its own kernel",
        ["CapDrop"] = "a container has all capabilities of its own kernel",
        ["SecurityOpt"] = "the machine is the boundary",
        ["RestartPolicy"] = "it is chosen when a container is created",
        ["OomScoreAdj"] = "it concerns the host's kernel",
        ["OomKillDisable"] = "it concerns the host's kernel",
        ["MemorySwap"] = "a machine gets none of the host's swap",
        ["MemorySwappiness"] = "a machine gets none of the host's swap",
        ["KernelMemory"] = "the machine's memory is the limit",
        ["KernelMemoryTCP"] = "the machine's memory is the limit",
        ["CpuRealtimePeriod"] = "a machine has no real-time share of the host",
        ["CpuRealtimeRuntime"] = "a machine has no real-time share of the host",
        ["BlkioWeight"] = "rates of disks are not there yet",
        ["BlkioWeightDevice"] = "rates of disks are not there yet",
        ["BlkioDeviceReadBps"] = "rates of disks are not there yet",
        ["BlkioDeviceWriteBps"] = "rates of disks are not there yet",
        ["BlkioDeviceReadIOps"] = "rates of disks are not there yet",
        ["BlkioDeviceWriteIOps"] = "rates of disks are not there yet",
        ["MaskedPaths"] = "the guest's kernel is the container's own",
        ["ReadonlyPaths"] = "the guest's kernel is the container's own",
        ["Runtime"] = "there is one runtime, 'hearth'",
        ["Domainname"] = "the host name may contain dots",
        ["Annotations"] = "use labels",
        ["Shell"] = "it matters only while an image is built",
        ["OnBuild"] = "it matters only while an image is built",
    };

    /// <summary>Members whose values are of no consequence: they describe a client, or Windows.</summary>
    private static readonly HashSet<string> meaningless = new(StringComparer.OrdinalIgnoreCase)
    {
        "AttachStdin", "AttachStdout", "AttachStderr", "ArgsEscaped", "ConsoleSize", "Isolation", "ContainerIDFile", "CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth", "Cgroup", "Name",
    };

    /// <returns>The warnings.</returns>
    /// <exception cref="ApiException">A value is refused.</exception>
    public static IReadOnlyList<string> Check(params IEnumerable<KeyValuePair<string, JsonElement>> members)
    {
        List<string> warnings = [];
        foreach ((string name, JsonElement value) in members.Where(member => !meaningless.Contains(member.Key) && !IsDefault(member.Key, member.Value)))
        {
            if (refused.TryGetValue(name, out string? cause))
            {
                throw ApiException.BadRequest($"cannot create the container with {name} {Shorten(value)}: {cause}");
            }

            if (name.EndsWith("Mode", StringComparison.OrdinalIgnoreCase) && value.GetString() is "host" or ['c', 'o', 'n', 't', 'a', 'i', 'n', 'e', 'r', ':', ..])
            {
                throw ApiException.BadRequest($"cannot create the container with {name} {Shorten(value)}: {OwnNamespaces}");
            }

            warnings.Add(warned.TryGetValue(name, out string? why) ? $"{name} {Shorten(value)} is ignored: {why}" : $"{name} {Shorten(value)} is ignored: Hearth does not know it");
        }

        return warnings;
    }

    private static bool IsDefault(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False or JsonValueKind.Undefined => true,
        JsonValueKind.Number => value.TryGetInt64(out long number) && (number == 0 || (number == -1 && name.Equals("MemorySwappiness", StringComparison.OrdinalIgnoreCase))),
        JsonValueKind.String => value.GetString() is "" or "private" or "shareable" or "default" or "no" or "runc" or "hearth" or "io.containerd.runc.v2" or "none",
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.EnumerateObject().All(member => IsDefault(member.Name, member.Value)),
        _ => false,
    };

    private static string Shorten(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? $"{text[..60]}…" : value.GetRawText();
}
