using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;
using Hearth.OciRuntime.Bundles;
using Hearth.Records.Tests.Support;

namespace Hearth.OciRuntime.Tests.Bundles;

/// <summary>What is read of a bundle, and what is refused or told.</summary>
public sealed class BundleTests : IDisposable
{
    private readonly Workplace place = new();

    public BundleTests()
    {
        place.MakeDirectory("bundle/rootfs/etc");
        place.Write("hosts", "127.0.0.1 localhost");
    }

    private string Configuration => place.At("bundle/config.json");

    [Theory]
    [InlineData("""{ "type": "network", "path": "/run/netns/a" }""", NetworkMode.Namespace, "/run/netns/a")]
    [InlineData("""{ "type": "network", "path": "" }""", NetworkMode.Namespace, null)]
    [InlineData("""{ "type": "pid" }, { "type": "network" }""", NetworkMode.Namespace, null)]
    [InlineData("""{ "type": "pid" }""", NetworkMode.None, null)]
    public void The_network_is_the_one_of_the_bundles_namespace(string namespaces, NetworkMode mode, string? path)
    {
        Bundle bundle = Read($$"""{ "ociVersion": "1.0.2", "process": { "args": ["true"], "cwd": "/" }, "root": { "path": "rootfs" }, "linux": { "namespaces": [{{namespaces}}] } }""");

        NetworkOptions network = BundleNetwork.Of(bundle.Spec);

        Assert.Equal((mode, path), (network.Mode, network.Target));
    }

    [Fact]
    public void A_runtimes_configuration_becomes_a_container_with_binds()
    {
        Bundle bundle = Read("""
            {
              "ociVersion": "1.0.2-dev", "hostname": "web",
              "process": { "terminal": false, "user": { "uid": 33, "gid": 34 }, "args": ["nginx", "-g"], "env": ["A=b"], "cwd": "/srv" },
              "root": { "path": "rootfs", "readonly": true },
              "mounts": [
                { "destination": "/proc", "type": "proc", "source": "proc" },
                { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid"] },
                { "destination": "/dev/pts", "type": "devpts", "source": "devpts" },
                { "destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": ["size=64m"] },
                { "destination": "/etc/hosts", "type": "bind", "source": "../hosts", "options": ["rbind", "ro"] },
                { "destination": "/etc/empty", "source": "HOSTS", "options": ["ro"] },
                { "destination": "etc/none", "type": "none", "source": "HOSTS", "options": ["bind", "ro"] }
              ],
              "linux": { "resources": { "cpu": { "quota": 250000, "period": 100000 }, "memory": { "limit": 1073741825 } }, "namespaces": [{ "type": "pid" }] },
              "annotations": { "org.hearth.rootfs.digest": "sha256:0123456789abcdef0123456789abcdef" }
            }
            """.Replace("HOSTS", place.At("hosts"), StringComparison.Ordinal));

        Assert.Equal((place.At("bundle/rootfs"), true, "web"), (bundle.Spec.Root!.Path, bundle.Spec.Root.Readonly, bundle.Spec.Hostname));
        Assert.Equal(["nginx", "-g"], bundle.Spec.Process!.Args);
        Assert.Equal((33u, 34u, "/srv"), (bundle.Spec.Process.User.Uid, bundle.Spec.Process.User.Gid, bundle.Spec.Process.Cwd));
        Assert.Equal(["/run"], bundle.Spec.Mounts.Select(mount => mount.Destination));
        Assert.Equal(
            [new RootfsBind("/etc/hosts", place.At("hosts"), true), new RootfsBind("/etc/empty", place.At("hosts"), false), new RootfsBind("/etc/none", place.At("hosts"), false)],
            bundle.Binds);
        Assert.Equal(new MachineShape(3, 1025), MachineShape.Of(bundle.Spec));
        Assert.Equal("sha256:0123456789abcdef0123456789abcdef", bundle.Digest!.Digest);
        Assert.Empty(bundle.Exclude);
        Assert.Empty(bundle.Diagnostics);
    }

    [Theory]
    [InlineData(1, 128)]
    [InlineData(64 << 20, 128)]
    [InlineData(256 << 20, 256)]
    public void A_machine_has_at_least_the_memory_that_it_needs_and_the_limit_stays(long limit, int mebibytes)
    {
        ContainerSpec spec = Read(Minimal($$""", "linux": { "resources": { "memory": { "limit": {{limit}} } } }""")).Spec;
        Assert.Equal(new MachineShape(1, mebibytes), MachineShape.Of(spec));
        Assert.Equal(limit, spec.Linux!.Resources!.Memory!.Limit);
    }

    [Theory]
    [InlineData("rootfs/../..")]
    [InlineData(".")]
    public void A_root_that_holds_the_configuration_does_not_show_it(string root)
    {
        Bundle bundle = Read($$"""{ "ociVersion": "1.0.2", "process": { "args": ["sh"], "cwd": "/" }, "root": { "path": "{{root}}" } }""");
        Assert.Equal(Configuration, Path.GetFullPath(Assert.Single(bundle.Exclude), bundle.Spec.Root!.Path));
    }

    [Fact]
    public void What_no_guest_can_have_yet_is_told() =>
        Assert.Equal(
            [
                Diagnostic.Warning(DiagnosticCode.BundleHooksIgnored, "hooks of the bundle is not honoured"),
                Diagnostic.Warning(DiagnosticCode.BundleMemberIgnored, "process.apparmorProfile of the bundle is not honoured"),
            ],
            Read("""
                {
                  "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "hooks": { "prestart": [{ "path": "/bin/true" }] },
                  "process": { "args": ["sh"], "cwd": "/", "user": { "uid": 0, "gid": 0, "additionalGids": [5] }, "apparmorProfile": "default" },
                  "linux": { "sysctl": { "net.core.somaxconn": "256" }, "devices": [], "uidMappings": null }
                }
                """).Diagnostics);

    [Theory]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "process": { "args": ["sh"] }, "linux": { "devices": [{ "path": "/dev/null" }, { "path": "/dev/kvm" }] } }""", "the device '/dev/kvm'")]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "process": { "args": ["sh"] }, "linux": { "uidMappings": [{ "containerID": 0, "hostID": 1000, "size": 1 }] } }""", "it maps users")]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "process": { "args": ["sh"] }, "linux": { "gidMappings": [{ "containerID": 0, "hostID": 1000, "size": 1 }] } }""", "it maps users")]
    [InlineData("{ \"ociVersion\": \"1.0.2\",\n  \"process\": { \"args\": [ }", "line 2, byte 26")]
    [InlineData("[]", "config.json")]
    [InlineData("", "config.json")]
    [InlineData("null", "null")]
    [InlineData("""{ "ociVersion": "2.0.0", "root": { "path": "rootfs" }, "process": { "args": ["sh"] } }""", "ociVersion is '2.0.0'")]
    [InlineData("""{ "ociVersion": "1.0.2", "process": { "args": ["sh"] } }""", "root.path is missing")]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { }, "process": { "args": ["sh"] } }""", "path")]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" } }""", "process is missing")]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "process": { "args": [] } }""", "process.args is empty")]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "process": { "args": ["sh", null] } }""", "process.args")]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "process": { "args": ["sh"], "env": ["=x"] } }""", "process.env")]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "process": { "args": ["sh"], "cwd": "srv" } }""", "process.cwd")]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "process": { "args": ["sh"] }, "mounts": [null] }""", "no destination")]
    [InlineData("""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "process": { "args": ["sh"] }, "annotations": { "org.hearth.rootfs.digest": "latest" } }""", "not a digest")]
    public void A_configuration_that_cannot_be_used_is_refused_with_the_reason(string json, string cause)
    {
        HearthException failure = Assert.Throws<HearthException>(() => Read(json));
        Assert.Equal(HearthError.InvalidRequest, failure.Error);
        Assert.Contains(Configuration, failure.Message, StringComparison.Ordinal);
        Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/../etc/passwd", "bind", "ro", "leads out of the root")]
    [InlineData("a/../../b", "bind", "ro", "leads out of the root")]
    [InlineData("/etc/hosts", "none", "ro", "its type is 'none'")]
    [InlineData("/data", "nfs", "ro", "its type is 'nfs'")]
    [InlineData("/dev/null", "bind", "ro", "/dev is the guest's own")]
    public void A_mount_that_cannot_be_honoured_is_refused_by_its_name(string destination, string type, string option, string cause)
    {
        HearthException failure = Assert.Throws<HearthException>(() => Read(WithMount(destination, type, option, place.At("hosts"))));
        Assert.Contains(destination, failure.Message, StringComparison.Ordinal);
        Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bind_of_what_is_not_there_is_refused_by_its_name() =>
        Assert.Contains($"there is no '{place.At("bundle/missing")}'", Assert.Throws<HearthException>(() => Read(WithMount("/data", "bind", "ro", "missing"))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_writable_bind_is_shared_with_the_host()
    {
        Bundle bundle = Read(WithMount("/etc/hosts", "bind", "rbind", place.At("hosts")));
        Assert.Equal(
            new VolumeMount { Kind = VolumeKind.Bind, Source = place.At("hosts"), Destination = "/etc/hosts" },
            Assert.Single(bundle.Volumes));
        Assert.Empty(bundle.Binds);
        Assert.Empty(bundle.Diagnostics);
    }

    [Theory]
    [InlineData("noexec", "noexec")]
    [InlineData("rnosuid", "rnosuid")]
    [InlineData("rprivate", null)]
    public void What_restricts_the_use_of_a_bind_is_kept(string option, string? kept)
    {
        string json = WithMount("/etc/hosts", "bind", "ro", place.At("hosts"));
        Assert.Equal(kept is null ? [] : [kept], Assert.Single(Read(json.Replace("\"ro\"", $"\"ro\", \"{option}\"", StringComparison.Ordinal)).Binds).Options);
        Assert.Equal(kept is null ? [] : [kept], Assert.Single(Read(json.Replace("\"ro\"", $"\"rbind\", \"{option}\"", StringComparison.Ordinal)).Volumes).Options);
    }

    [Fact]
    public void An_engines_shared_memory_is_the_guests_own_of_the_same_size()
    {
        MountSpec mount = Assert.Single(Read(WithMount("/dev/shm", "bind", "rbind", place.At("bundle"))).Spec.Mounts);
        Assert.Equal(("/dev/shm", "tmpfs"), (mount.Destination, mount.Type));
        Assert.Contains($"size={new DriveInfo(place.At("bundle")).TotalSize}", mount.Options);
    }

    [Fact]
    public void A_writable_bind_is_a_snapshot_where_that_is_allowed_and_told()
    {
        Bundle bundle = Read(WithMount("/etc/hosts", "bind", "rbind", place.At("hosts")), allowSnapshotBinds: true);
        Assert.Equal(new RootfsBind("/etc/hosts", place.At("hosts"), true) { IsWritable = true }, Assert.Single(bundle.Binds));
        Assert.Empty(bundle.Volumes);
        Assert.Contains("snapshot", Assert.Single(bundle.Diagnostics).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_without_a_configuration_is_no_bundle() =>
        Assert.Contains("no config.json", Assert.Throws<HearthException>(() => Bundle.Read(place.At("bundle/rootfs"), false)).Message, StringComparison.Ordinal);

    public void Dispose() => place.Dispose();

    private static string Minimal(string more) => $$"""{ "ociVersion": "1.0.2", "root": { "path": "rootfs" }, "process": { "args": ["sh"], "cwd": "/" }{{more}} }""";

    private static string WithMount(string destination, string type, string option, string source) =>
        Minimal($$""", "mounts": [{ "destination": "{{destination}}", "type": "{{type}}", "source": "{{source}}", "options": ["{{option}}"] }]""");

    private Bundle Read(string json, bool allowSnapshotBinds = false)
    {
        place.Write("bundle/config.json", json);
        return Bundle.Read(place.At("bundle"), allowSnapshotBinds);
    }
}
