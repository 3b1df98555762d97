using System.Text.Json;
using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Records.Events;
using Hearth.Worker.Docker;
using Hearth.Worker.Docker.Containers;
using Hearth.Worker.Docker.Daemon;
using Hearth.Worker.Docker.Restarts;

namespace Hearth.Worker.Tests;

/// <summary>Containers and events as docker's clients see them.</summary>
public sealed class DockerViewTests
{
    /// <summary>A client creates the same container again from what it is shown.</summary>
    [Theory]
    [InlineData("Memory", "268435456")]
    [InlineData("MemoryReservation", "134217728")]
    [InlineData("NanoCpus", "1500000000")]
    [InlineData("CpuShares", "512")]
    [InlineData("CpusetCpus", "\"0-1\"")]
    [InlineData("CpusetMems", "\"0\"")]
    [InlineData("PidsLimit", "100")]
    [InlineData("ShmSize", "1048576")]
    [InlineData("CgroupParent", "\"/jobs\"")]
    [InlineData("Sysctls", "{\"net.core.somaxconn\":\"99\"}")]
    [InlineData("Ulimits", "[{\"Name\":\"nofile\",\"Soft\":10,\"Hard\":20},{\"Name\":\"core\",\"Soft\":-1,\"Hard\":-1}]")]
    [InlineData("Tmpfs", "{\"/scratch\":\"noexec,nosuid,nodev,size=1m\"}")]
    [InlineData("Binds", "[\"data:/data:ro\",\"logs:/logs\"]")]
    [InlineData("Mounts", "[{\"Type\":\"volume\",\"Source\":\"data\",\"Target\":\"/data\",\"ReadOnly\":false,\"VolumeOptions\":{\"NoCopy\":true,\"Labels\":{\"a\":\"b\"},\"DriverConfig\":{\"Name\":\"local\",\"Options\":{\"size\":\"8388608\"}}}}]")]
    [InlineData("PortBindings", "{\"80/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"8080\"}]}")]
    [InlineData("PublishAllPorts", "true")]
    [InlineData("RestartPolicy", "{\"Name\":\"on-failure\",\"MaximumRetryCount\":2}")]
    [InlineData("AutoRemove", "true")]
    [InlineData("ReadonlyRootfs", "true")]
    [InlineData("Dns", "[\"10.0.0.1\"]")]
    [InlineData("DnsSearch", "[\"example.org\"]")]
    [InlineData("ExtraHosts", "[\"db:10.0.0.9\"]")]
    [InlineData("GroupAdd", "[\"adm\"]")]
    [InlineData("Init", "true")]
    [InlineData("ConsoleSize", "[24,80]")]
    [InlineData("Privileged", "true")]
    [InlineData("CapDrop", "[\"CAP_SYS_ADMIN\",\"CAP_SYS_TIME\"]")]
    [InlineData("SecurityOpt", "[\"no-new-privileges\"]")]
    [InlineData("OomScoreAdj", "-5")]
    [InlineData("DnsOptions", "[\"ndots:2\"]")]
    [InlineData("Annotations", "{\"a\":\"b\"}")]
    [InlineData("CpuPeriod", "50000")]
    [InlineData("BlkioWeight", "300")]
    public void What_a_client_chose_of_the_host_is_shown(string field, string value)
    {
        ContainerDescription read = Read($$"""{"Tty": true, "HostConfig": {"{{field}}": {{value}} } }""");
        JsonElement shown = Show(read).GetProperty("HostConfig");

        Assert.Equal(value, shown.GetProperty(field).GetRawText());
        ContainerDescription again = Read($$"""{"Tty": true, "HostConfig": {{shown.GetRawText()}} }""");
        Assert.Equal(value, Show(again).GetProperty("HostConfig").GetProperty(field).GetRawText());
    }

    [Fact]
    public void The_key_of_a_creation_is_not_shown_as_an_annotation() =>
        Assert.False(Show(Read("""{"HostConfig": {"Annotations": {"org.hearth.creation.key": "k"}}}""")).GetProperty("HostConfig").TryGetProperty("Annotations", out _));

    [Fact]
    public void A_read_only_root_shows_no_file_systems_that_nobody_asked_for() =>
        Assert.False(Show(Read("""{"HostConfig": {"ReadonlyRootfs": true}}""")).GetProperty("HostConfig").TryGetProperty("Tmpfs", out _));

    [Fact]
    public void An_address_that_a_client_chose_is_shown_before_the_start()
    {
        JsonElement end = Show(Read("""{"NetworkingConfig": {"EndpointsConfig": {"front": {"IPAMConfig": {"IPv4Address": "10.9.0.7"}, "MacAddress": "02:00:00:00:00:07"}}}}"""))
            .GetProperty("NetworkSettings").GetProperty("Networks").GetProperty("front");

        Assert.Equal(("10.9.0.7", "02:00:00:00:00:07"), (end.GetProperty("IPAMConfig").GetProperty("IPv4Address").GetString(), end.GetProperty("MacAddress").GetString()));
    }

    /// <summary>Records that an earlier version wrote without checks.</summary>
    [Theory]
    [InlineData("abc")]
    [InlineData("8000-8010/tcp")]
    [InlineData("80/tcp 80/tcp")]
    [InlineData("")]
    public void A_record_with_odd_ports_or_networks_hides_no_other(string ports)
    {
        ContainerDescription odd = Read("{}");
        odd = odd with
        {
            Network = odd.Network with { Mode = NetworkMode.Nat, ExposedPorts = ports.Split(' '), Networks = [new NetworkPlacement("front"), new NetworkPlacement("front")] },
        };

        ContainerSummary summary = ContainerSummary.Of(
            new Container(odd, new ContainerState(), "/nowhere"), null, DateTimeOffset.UnixEpoch, name => name, sizes: null, new RestartState(0, IsWaiting: false));
        Assert.Equal(["front"], summary.NetworkSettings.Networks.Keys);
        Assert.NotEmpty(Show(odd).GetRawText());
    }

    [Theory]
    [InlineData(EventType.Container, "start", "web:1", """{"status":"start","id":"abc","from":"web:1","Type":"container","Action":"start","Actor":{"ID":"abc","Attributes":{"image":"web:1"}},"scope":"local","time":7,"timeNano":7000000000}""")]
    [InlineData(EventType.Image, "pull", null, """{"status":"pull","id":"abc","Type":"image","Action":"pull","Actor":{"ID":"abc","Attributes":{}},"scope":"local","time":7,"timeNano":7000000000}""")]
    [InlineData(EventType.Network, "create", null, """{"Type":"network","Action":"create","Actor":{"ID":"abc","Attributes":{}},"scope":"local","time":7,"timeNano":7000000000}""")]
    public void Events_have_the_members_that_old_clients_read(string type, string action, string? image, string json)
    {
        ContainerEvent happened = ContainerEvent.Of(type, action, "abc", DateTimeOffset.FromUnixTimeSeconds(7), image is null ? [] : [new KeyValuePair<string, string>("image", image)]);

        Assert.Equal(json, JsonSerializer.Serialize(EventAnswer.Of(happened), DockerJson.Default.EventAnswer));
    }

    private static JsonElement Show(ContainerDescription description)
    {
        ContainerDetails details = ContainerDetails.Of(
            new Container(description with { Spec = description.Spec with { Process = description.Spec.Process! with { Args = ["true"] } } }, new ContainerState(), "/nowhere"),
            null, name => name, sizes: null, new RestartState(0, IsWaiting: false));
        return JsonSerializer.SerializeToElement(details, DockerJson.Default.ContainerDetails);
    }

    private static ContainerDescription Read(string json) => CreateReading.Read(
        JsonSerializer.Deserialize(json, DockerJson.Default.CreateRequest)!, "/box", new HostEnvironment(new Dictionary<string, string>()), NetworkName.Canonical) with
    {
        Id = new string('a', 64),
    };
}
