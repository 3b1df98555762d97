using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;
using Hearth.Linux.Processes;
using Hearth.Worker.Docker;
using Hearth.Worker.Docker.Containers;

namespace Hearth.Worker.Tests;

/// <summary>docker's descriptions of containers, as clients send them.</summary>
public sealed class CreateReadingTests
{
    [Fact]
    public void What_a_machine_can_honour_is_in_the_description()
    {
        ContainerDescription read = Read("""
            {
              "Image": "web:1", "Hostname": "web", "Tty": true, "OpenStdin": true, "StdinOnce": true, "Labels": {"tier": "front"}, "StopSignal": "SIGINT", "StopTimeout": 3,
              "ExposedPorts": {"53/udp": {}, "80": {}}, "Healthcheck": {"Test": ["CMD", "true"], "Interval": 2000000000},
              "HostConfig": {
                "AutoRemove": true, "ReadonlyRootfs": true, "Memory": 268435456, "NanoCpus": 1500000000, "PidsLimit": 100, "Init": true, "ShmSize": 1048576,
                "Binds": ["data:/data:ro", "/:/host:ro"], "Mounts": [{"Type": "tmpfs", "Target": "/scratch", "TmpfsOptions": {"SizeBytes": 65536, "Mode": 448}}],
                "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "81/tcp": [{"HostPort": ""}]},
                "ExtraHosts": ["db:10.0.0.9"], "Ulimits": [{"Name": "nofile", "Soft": 10, "Hard": 20}], "GroupAdd": ["adm"], "LogConfig": {"Type": "json-file", "Config": {"max-file": "2"}}
              }
            }
            """);

        Assert.Equal(("box", "web", true, true, true, true), (read.Name, read.Spec.Hostname, read.Interactive, read.InputEndsWithClient, read.AutoRemove, read.HasReaper));
        Assert.Equal((SignalNumber.Interrupt, 3, "front"), (read.StopSignal, read.StopTimeoutSeconds, read.Labels["tier"]));
        ResourcesSpec resources = read.Spec.Linux!.Resources!;
        Assert.Equal((268435456L, 150_000L, 100_000UL, 100L), (resources.Memory!.Limit, resources.Cpu!.Quota, resources.Cpu.Period, resources.Pids!.Limit));
        Assert.Equal([new VolumeMount { Kind = VolumeKind.Volume, Source = "data", Destination = "/data", ReadOnly = true }], read.Volumes);
        Assert.Equal([new RootfsBind("/host", "/", true)], read.Rootfs.Binds);
        Assert.Equal(["/dev/shm", "/run", "/scratch", "/tmp", "/var/tmp"], read.Spec.Mounts.Select(mount => mount.Destination).Order(StringComparer.Ordinal));
        Assert.Contains("mode=700", read.Spec.Mounts.Single(mount => mount.Destination == "/scratch").Options);
        Assert.Equal([new PortMapping("127.0.0.1", 8080, 80, "tcp"), new PortMapping(null, 0, 81, "tcp")], read.Network.Ports);
        Assert.Equal(["53/udp", "80/tcp", "81/tcp"], read.Network.ExposedPorts);
        Assert.Equal([new HostEntry("db", "10.0.0.9")], read.Network.Hosts);
        Assert.Equal([new RlimitSpec("RLIMIT_NOFILE", 10, 20)], read.Spec.Process!.Rlimits);
        Assert.Equal((TimeSpan.FromSeconds(2), 2), (read.Health!.Interval, read.Log.MaxFiles));
    }

    [Theory]
    [InlineData("default", "", NetworkMode.Auto, "")]
    [InlineData("", "none", NetworkMode.None, "")]
    [InlineData("none", "", NetworkMode.None, "")]
    [InlineData("bridge", "none", NetworkMode.Nat, "nat")]
    [InlineData("front", "none", NetworkMode.Nat, "front")]
    public void The_clients_network_precedes_the_daemons(string mode, string variable, NetworkMode expected, string networks)
    {
        NetworkOptions read = Read($$"""{"Image": "x", "HostConfig": {"NetworkMode": "{{mode}}"} }""", variable).Network;

        Assert.Equal((expected, networks), (read.Mode, string.Join(' ', read.EffectiveNetworks.Where(_ => expected == NetworkMode.Nat).Select(place => place.Network))));
    }

    [Theory]
    [InlineData("""{"HostConfig": {"NetworkMode": "host"}}""", "the host's network")]
    [InlineData("""{"HostConfig": {"NetworkMode": "container:x"}}""", "another's network")]
    [InlineData("""{"HostConfig": {"Binds": ["a:b:c:d"]}}""", "invalid volume")]
    [InlineData("""{"HostConfig": {"Mounts": [{"Type": "npipe", "Target": "/x"}]}}""", "there is no type 'npipe'")]
    [InlineData("""{"HostConfig": {"LogConfig": {"Type": "syslog"}}}""", "there is json-file")]
    [InlineData("""{"HostConfig": {"PortBindings": {"80/sctp": [{"HostPort": "1"}]}}}""", "invalid port")]
    [InlineData("""{"ExposedPorts": {"abc": {}}}""", "invalid exposed port 'abc'")]
    [InlineData("""{"ExposedPorts": {"80/tcp/udp": {}}}""", "invalid exposed port")]
    [InlineData("""{"ExposedPorts": {"90-80": {}}}""", "invalid exposed port")]
    [InlineData("""{"ExposedPorts": {"65536": {}}}""", "invalid exposed port")]
    [InlineData("""{"NetworkingConfig": {"EndpointsConfig": {"bridge": {}, "nat": {}}}}""", "'nat' twice")]
    [InlineData("""{"NetworkingConfig": {"EndpointsConfig": {"front": {}, "0123456789ab": {}}}}""", "'front' twice")]
    [InlineData("""{"StopSignal": "NEVER"}""", "is not a signal")]
    [InlineData("""{"HostConfig": {"Mounts": [{"Type": "tmpfs", "Target": "/x", "TmpfsOptions": {"Options": [["a", "b"]]}}]}}""", "there is no tmpfs option 'a=b'")]
    [InlineData("""{"HostConfig": {"Mounts": [{"Type": "bind", "Source": "/", "Target": "/x", "BindOptions": {"ReadOnlyForceRecursive": true}}]}}""", "needs ReadOnly")]
    [InlineData("""{"Tty": true, "HostConfig": {"ConsoleSize": [1, 2, 3]}}""", "it must be a height and a width")]
    public void What_cannot_be_is_refused_with_the_cause(string json, string words) =>
        Assert.Contains(words, Assert.Throws<FormatException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_range_of_exposed_ports_is_each_of_them() =>
        Assert.Equal(["8000/tcp", "8001/tcp", "8002/tcp", "53/udp"], Read("""{"ExposedPorts": {"8000-8002/tcp": {}, "8001": {}, "53/UDP": {}}}""").Network.ExposedPorts);

    /// <summary>The mode has the network's name, and the endpoint its id.</summary>
    [Theory]
    [InlineData("front", "0123456789ab")]
    [InlineData("0123456789ab", "front")]
    [InlineData("0123456789ab", "0123456789ab")]
    public void A_network_that_is_named_in_two_ways_is_one(string mode, string endpoint)
    {
        NetworkOptions read = Read($$"""{"HostConfig": {"NetworkMode": "{{mode}}"}, "NetworkingConfig": {"EndpointsConfig": {"{{endpoint}}": {"Aliases": ["db"]} } } }""").Network;

        NetworkPlacement place = Assert.Single(read.Networks);
        Assert.Equal(("front", "db"), (place.Network, Assert.Single(place.Aliases)));
    }

    [Theory]
    [InlineData("""{"Cmd": "date"}""", null, "date")]
    [InlineData("""{"Cmd": ["sh", "-c", "x"], "Entrypoint": ["tini", "--"]}""", "tini --", "sh -c x")]
    [InlineData("""{"Entrypoint": [""]}""", "", "")]
    [InlineData("""{"Entrypoint": null, "Cmd": null}""", null, "")]
    public void Words_may_be_one_text_or_a_list(string json, string? entrypoint, string command)
    {
        Images.Configuration.ProcessChoices choices = CreateReading.ReadChoices(Parse(json));

        Assert.Equal((entrypoint, command), (choices.Entrypoint is null ? null : string.Join(' ', choices.Entrypoint), string.Join(' ', choices.Command)));
    }

    [Theory]
    [InlineData("""{"HostConfig": {"Devices": [{"PathOnHost": "/dev/null"}]}}""", "Devices")]
    [InlineData("""{"HostConfig": {"PidMode": "host"}}""", "PidMode")]
    [InlineData("""{"HostConfig": {"IpcMode": "container:x"}}""", "IpcMode")]
    [InlineData("""{"HostConfig": {"Links": ["x"]}}""", "Links")]
    [InlineData("""{"HostConfig": {"UsernsMode": "private"}}""", "UsernsMode")]
    [InlineData("""{"HostConfig": {"VolumeDriver": "default"}}""", "VolumeDriver")]
    [InlineData("""{"HostConfig": {"IOMaximumIOps": 5}}""", "IOMaximumIOps")]
    [InlineData("""{"HostConfig": {"Mounts": [{"VolumeOptions": {"Subpath": "part"}}]}}""", "Subpath")]
    [InlineData("""{"HostConfig": {"Mounts": [{"BindOptions": {"ReadOnlyNonRecursive": true}}]}}""", "ReadOnlyNonRecursive")]
    public void Fields_without_which_the_container_would_be_another_are_refused(string json, string field) =>
        Assert.Contains($"with {field} ", Assert.Throws<ApiException>(() => Check(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"AttachStdout": true, "HostConfig": {"Privileged": false, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "IpcMode": "private", "MemorySwappiness": -1, "ConsoleSize": [24, 80]}}""", "")]
    [InlineData("""{"HostConfig": {"OomKillDisable": true, "MemorySwap": 1}}""", "OomKillDisable MemorySwap")]
    [InlineData("""{"HostConfig": {"IpcMode": "shareable", "CgroupnsMode": "private", "Runtime": "runc", "PidMode": "", "VolumeDriver": "local"}}""", "")]
    [InlineData("""{"HostConfig": {"IpcMode": "none", "CgroupnsMode": "default", "Runtime": "private", "PidMode": "private", "UTSMode": "none", "MemorySwap": -1}}""", "IpcMode CgroupnsMode Runtime PidMode UTSMode MemorySwap")]
    [InlineData("""{"NetworkingConfig": {"EndpointsConfig": {"front": {"DriverOpts": {"a": "none"}}}}}""", "DriverOpts")]
    [InlineData("""{"HostConfig": {"CpuPercent": 5}}""", "CpuPercent")]
    [InlineData("""{"NetworkingConfig": {"EndpointsConfig": {"front": {"DriverOpts": {"a": "b"}, "IPAMConfig": {"LinkLocalIPs": ["169.254.1.1"]}}}}}""", "DriverOpts LinkLocalIPs")]
    [InlineData("""{"Shell": ["sh"], "HostConfig": {"NewThing": 7}}""", "Shell NewThing")]
    public void Other_fields_are_warned_about_unless_they_are_dockers_default(string json, string fields) =>
        Assert.Equal(fields, string.Join(' ', Check(json).Select(warning => warning.Split(' ')[0])));

    [Fact]
    public void Privileges_are_those_of_the_process()
    {
        ContainerDescription read = Read("""{"Domainname": "example.org", "HostConfig": {"CapDrop": ["ALL"], "CapAdd": ["net_raw"], "SecurityOpt": ["no-new-privileges", "seccomp=unconfined"], "OomScoreAdj": 5, "Annotations": {"a": "b"}, "DnsOptions": ["ndots:2"]}}""");

        Assert.Equal(["CAP_NET_RAW"], read.Spec.Process!.Capabilities!.Effective);
        Assert.Equal((true, 5, "example.org", "b"), (read.Spec.Process.NoNewPrivileges, read.Spec.Process.OomScoreAdj, read.Spec.Domainname, read.Spec.Annotations["a"]));
        Assert.Equal(["ndots:2"], read.Network.ResolverOptions);
        Assert.Null(Read("""{"HostConfig": {"Privileged": true, "CapDrop": ["ALL"]}}""").Spec.Process!.Capabilities);
    }

    [Theory]
    [InlineData("""{"HostConfig": {"SecurityOpt": ["seccomp={\"defaultAction\":\"SCMP_ACT_ERRNO\"}"]}}""", "cannot use the security option 'seccomp=")]
    [InlineData("""{"HostConfig": {"SecurityOpt": ["apparmor:docker-default"]}}""", "the machine is the boundary")]
    [InlineData("""{"HostConfig": {"CapAdd": ["FLY"]}}""", "there is no capability 'FLY'")]
    [InlineData("""{"HostConfig": {"BlkioDeviceReadBps": [{"Path": "/dev/nothing", "Rate": 1}]}}""", "the host has no such block device")]
    public void Values_that_docker_refuses_are_refused(string json, string words) =>
        Assert.Contains(words, Assert.Throws<FormatException>(() => Read(json)).Message, StringComparison.Ordinal);

    /// <summary>Clients and scripts know docker's own sentences.</summary>
    [Theory]
    [InlineData("""{"Memory": -1}""", "Minimum memory limit allowed is 6MB")]
    [InlineData("""{"Memory": 6291455}""", "Minimum memory limit allowed is 6MB")]
    [InlineData("""{"MemoryReservation": 1}""", "Minimum memory reservation allowed is 6MB")]
    [InlineData("""{"Memory": 134217728, "MemoryReservation": 268435456}""", "Minimum memory limit can not be less than memory reservation limit, see usage")]
    [InlineData("""{"MemorySwap": 268435456}""", "You should always set the Memory limit when using Memoryswap limit, see usage")]
    [InlineData("""{"NanoCpus": 1000000000, "CpuPeriod": 10000}""", "Conflicting options: Nano CPUs and CPU Period cannot both be set")]
    [InlineData("""{"NanoCpus": 1000000000, "CpuQuota": 10000}""", "Conflicting options: Nano CPUs and CPU Quota cannot both be set")]
    [InlineData("""{"NanoCpus": -1}""", "range of CPUs is from 0.01 to HOST.00, as there are only HOST CPUs available")]
    [InlineData("""{"NanoCpus": 9000000000000000000}""", "range of CPUs is from 0.01 to HOST.00, as there are only HOST CPUs available")]
    [InlineData("""{"CpuPeriod": 999}""", "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")]
    [InlineData("""{"CpuPeriod": -1}""", "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")]
    [InlineData("""{"CpuPeriod": 1000001}""", "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")]
    [InlineData("""{"CpuQuota": 999}""", "CPU cfs quota can not be less than 1ms (i.e. 1000)")]
    [InlineData("""{"CpuShares": -2}""", "invalid CPU shares (-2): value must be a positive integer")]
    [InlineData("""{"CpusetCpus": "0-"}""", "Invalid value 0- for cpuset cpus")]
    [InlineData("""{"CpusetMems": "a"}""", "Invalid value a for cpuset mems")]
    [InlineData("""{"BlkioWeight": 5}""", "Range of blkio weight is from 10 to 1000")]
    [InlineData("""{"BlkioWeight": 1001}""", "Range of blkio weight is from 10 to 1000")]
    [InlineData("""{"ShmSize": -1}""", "SHM size can not be less than 0")]
    [InlineData("""{"OomScoreAdj": 1001}""", "Invalid value 1001, range for oom score adj is [-1000, 1000]")]
    [InlineData("""{"OomScoreAdj": -1001}""", "Invalid value -1001, range for oom score adj is [-1000, 1000]")]
    public void Numbers_out_of_their_range_have_dockers_sentence(string json, string sentence) => Assert.Equal(
        sentence.Replace("HOST", $"{Environment.ProcessorCount}", StringComparison.Ordinal),
        Assert.Throws<FormatException>(() => Read($$"""{"HostConfig": {{json}} }""")).Message);

    [Fact]
    public void Processors_that_the_host_does_not_have_are_refused() => Assert.StartsWith(
        "Requested CPUs are not available - requested 0,8000, available: 0", Assert.Throws<FormatException>(() => Read("""{"HostConfig": {"CpusetCpus": "0,8000"}}""")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"Interval": 999999}""", "Interval in Healthcheck cannot be less than 1ms")]
    [InlineData("""{"Timeout": -1}""", "Timeout in Healthcheck cannot be less than 1ms")]
    [InlineData("""{"StartPeriod": 1}""", "StartPeriod in Healthcheck cannot be less than 1ms")]
    [InlineData("""{"StartInterval": 1}""", "StartInterval in Healthcheck cannot be less than 1ms")]
    [InlineData("""{"Retries": -1}""", "Retries in Healthcheck cannot be negative")]
    public void Checks_of_health_that_cannot_be_have_dockers_sentence(string json, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<FormatException>(() => Read($$"""{"Healthcheck": {{json}} }""")).Message);

    /// <summary>What docker takes as no limit, and the largest numbers.</summary>
    [Theory]
    [InlineData("""{"CpuQuota": -1, "MemoryReservation": -1, "PidsLimit": -7, "BlkioWeight": 0, "CpusetCpus": "", "Memory": 0}""", null)]
    [InlineData("""{"Memory": 9223372036854775807, "CpusetCpus": "0", "CpuShares": 9223372036854775807, "OomScoreAdj": -1000}""", int.MaxValue)]
    public void Other_numbers_are_taken(string json, int? mebibytes)
    {
        ContainerDescription read = Read($$"""{"HostConfig": {{json}} }""");

        Assert.Equal((mebibytes ?? 512, 1), (read.Shape.MemoryInMebibytes, read.Shape.VirtualCpus));
        Assert.Null(read.Spec.Linux!.Resources!.Pids);
    }

    [Fact]
    public void An_update_can_end_a_limit_of_processor_time() =>
        Assert.Equal(CpuSpec.Unlimited, LimitReading.Read(JsonSerializer.Deserialize("""{"CpuQuota": -1}""", DockerJson.Default.UpdateRequestBody)!, isUpdate: true).Cpu!.Quota);

    /// <summary>An update replaces a limit by none; a creation has none anyway.</summary>
    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"PidsLimit": 0}""", -1L)]
    [InlineData("""{"PidsLimit": -1}""", -1L)]
    [InlineData("""{"PidsLimit": 7}""", 7L)]
    public void No_limit_on_processes_is_a_change(string json, long? limit)
    {
        UpdateRequestBody body = JsonSerializer.Deserialize(json, DockerJson.Default.UpdateRequestBody)!;

        Assert.Equal(limit, LimitReading.Read(body, isUpdate: true).Pids?.Limit);
        Assert.Equal(limit > 0 ? limit : null, LimitReading.Read(body, isUpdate: false).Pids?.Limit);
    }

    [Theory]
    [InlineData("""{"Name": "always"}""", RestartCondition.Always, 0)]
    [InlineData("""{"Name": "unless-stopped", "MaximumRetryCount": 0}""", RestartCondition.UnlessStopped, 0)]
    [InlineData("""{"Name": "on-failure", "MaximumRetryCount": 3}""", RestartCondition.OnFailure, 3)]
    public void A_restart_policy_is_in_the_description(string json, RestartCondition condition, int retries) =>
        Assert.Equal(new RestartPolicy(condition, retries), Read($$"""{"HostConfig": {"RestartPolicy": {{json}} } }""").Restart);

    [Theory]
    [InlineData("""{"HostConfig": {"RestartPolicy": {"Name": "sometimes"}}}""")]
    [InlineData("""{"HostConfig": {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 3}}}""")]
    [InlineData("""{"HostConfig": {"AutoRemove": true, "RestartPolicy": {"Name": "always"}}}""")]
    public void A_restart_policy_that_cannot_be_is_refused(string json) => Assert.Contains("restart policy", Assert.Throws<FormatException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_destination_that_has_a_named_volume_gets_no_anonymous_one() =>
        Assert.Equal(["data"], Read("""{"Volumes": {"/data": {}}, "HostConfig": {"Binds": ["data:/data"]}}""").Volumes.Select(volume => volume.Source));

    [Fact]
    public void A_volume_has_the_labels_of_its_mount_and_a_tmpfs_its_options()
    {
        ContainerDescription read = Read("""
            {"HostConfig": {"Mounts": [
              {"Type": "volume", "Source": "data", "Target": "/data", "VolumeOptions": {"Labels": {"tier": "front"}, "Subpath": ""}},
              {"Type": "tmpfs", "Target": "/scratch", "TmpfsOptions": {"Options": [["exec"]]}}]}}
            """);

        Assert.Equal("front", Assert.Single(read.Volumes).Labels!["tier"]);
        Assert.Equal(["nosuid", "nodev", "exec"], Assert.Single(read.Spec.Mounts).Options);
    }

    [Theory]
    [InlineData("""{"Image": "x", "HostConfig": {"PidMode": 1}}""", "PidMode must be a text")]
    [InlineData("""{"HostConfig": {"OomKillDisable": "yes"}}""", "OomKillDisable must be true or false")]
    [InlineData("""{"HostConfig": {"Devices": {}}}""", "Devices must be a list")]
    [InlineData("""{"HostConfig": {"Mounts": [{"BindOptions": {"ReadOnlyNonRecursive": 1}}]}}""", "ReadOnlyNonRecursive must be true or false")]
    public void A_field_of_another_form_than_dockers_is_refused(string json, string words) =>
        Assert.Contains(words, Assert.Throws<ApiException>(() => Check(json)).Message, StringComparison.Ordinal);

    private static IReadOnlyList<string> Check(string json) => UnhonouredFields.Check("create the container", Parse(json).AllOthers);

    private static CreateRequest Parse(string json) => JsonSerializer.Deserialize(json, DockerJson.Default.CreateRequest)!;

    private static ContainerDescription Read(string json, string network = "") =>
        CreateReading.Read(Parse(json), "/box", new HostEnvironment(new Dictionary<string, string> { [ContainerDescription.NetworkVariable] = network }), FindNetwork);

    /// <summary>A network of the host has a name and an id.</summary>
    private static string FindNetwork(string network) => network == "0123456789ab" ? "front" : NetworkName.Canonical(network);
}
