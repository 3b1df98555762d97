using System.Text.Json.Serialization;
using Hearth.Containers.Specification;

namespace Hearth.Rendering;

/// <summary>The features document of the runtime specification (features.md, features-linux.md).</summary>
/// <param name="OciVersionMin">The oldest specification that is taken.</param>
/// <param name="OciVersionMax">The newest.</param>
/// <param name="Hooks">Those that are run.</param>
/// <param name="MountOptions">Those that mean something in a guest, or are taken and mean nothing there.</param>
/// <param name="Linux">Of Linux alone.</param>
/// <param name="Annotations">About this program.</param>
public sealed record OciFeatures(
    string OciVersionMin, string OciVersionMax, IReadOnlyList<string> Hooks, IReadOnlyList<string> MountOptions, OciLinuxFeatures Linux, IReadOnlyDictionary<string, string> Annotations)
{
    /// <summary>This program's.</summary>
    /// <param name="version">The program's version.</param>
    public static OciFeatures Of(string version) => new(
        "1.0.0",
        ContainerSpec.CurrentVersion,
        ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
        [
            "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "lazytime", "noatime", "nodev", "nodiratime", "noexec", "norelatime", "nosuid",
            "private", "rbind", "relatime", "ro", "rprivate", "rshared", "rslave", "runbindable", "rw", "shared", "slave", "strictatime", "suid", "sync", "unbindable",
        ],
        new OciLinuxFeatures(
            ["cgroup", "ipc", "mount", "network", "pid", "uts"],
            new OciCgroupFeatures(V1: true, V2: true, Systemd: false, SystemdUser: false),
            Off, Off, Off, Off),
        new Dictionary<string, string> { ["org.hearth.version"] = version });

    /// <summary>The machine confines processes; features of a shared kernel are off.</summary>
    private static OciSwitch Off => new(Enabled: false);
}

/// <summary>The document's <c>linux</c>.</summary>
public sealed record OciLinuxFeatures(
    IReadOnlyList<string> Namespaces, OciCgroupFeatures Cgroup, OciSwitch Seccomp, OciSwitch Apparmor, OciSwitch Selinux, OciSwitch IntelRdt);

/// <summary>The document's <c>linux.cgroup</c>.</summary>
public sealed record OciCgroupFeatures([property: JsonPropertyName("v1")] bool V1, [property: JsonPropertyName("v2")] bool V2, bool Systemd, bool SystemdUser);

/// <summary>A feature that is there or not.</summary>
public sealed record OciSwitch(bool Enabled);
