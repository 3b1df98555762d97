using Hearth.Containers.Specification;

namespace Hearth.Cli.Oci;

/// <summary>The output of <c>hearth oci spec</c>: a shell in a terminal, with the defaults of other runtimes.</summary>
internal static class ExampleSpec
{
    private const long MemoryInBytes = 512L << 20;

    private static readonly string[] capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    public static ContainerSpec Value { get; } = new()
    {
        Process = new ProcessSpec
        {
            Terminal = true,
            Args = ["sh"],
            Env = [ProcessSpec.UsualPath, "TERM=xterm"],
            Cwd = "/",
            Capabilities = new CapabilitiesSpec { Bounding = capabilities, Effective = capabilities, Permitted = capabilities },
            Rlimits = [new RlimitSpec("RLIMIT_NOFILE", 1024, 1024)],
            NoNewPrivileges = true,
        },
        Root = new RootSpec { Path = "rootfs", Readonly = true },
        Hostname = "hearth",
        Mounts =
        [
            Mount("/proc", "proc", "proc"),
            Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
            Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
            Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        ],
        Linux = new LinuxSpec
        {
            Resources = new ResourcesSpec { Memory = new MemorySpec { Limit = MemoryInBytes } },
            Namespaces = [.. ((string[])["pid", "network", "ipc", "uts", "mount"]).Select(type => new NamespaceSpec { Type = type })],
        },
    };

    private static MountSpec Mount(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options };
}
