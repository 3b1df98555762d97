using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hearth.Containers;
using Hearth.Linux.Network;
using Hearth.Network;
using Hearth.Network.Cni;
using Hearth.Network.Joined;
using Hearth.Records.Recovery;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly Workplace place = new();

    [Fact]
    public void Ids_are_64_digits_and_never_the_same()
    {
        ContainerId id = ContainerId.New();
        Assert.Matches("^[0-9a-f]{64}$", id.ToString());
        Assert.Equal(id.ToString()[..12], id.Short);
        Assert.NotEqual(id, ContainerId.New());
        Assert.True(ContainerId.TryParse(id.ToString(), out ContainerId parsed));
        Assert.Equal(id, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("../../../../../../../../../../../../../../../../../etc/shadow00000")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    [InlineData("g000000000000000000000000000000000000000000000000000000000000000")]
    public void Other_texts_are_no_ids(string text)
    {
        Assert.False(ContainerId.TryParse(text, out _));
        Assert.Throws<ArgumentException>(() => RunDirectory.Create(place.Directories, place.NewResources() with { Id = text }));
    }

    [Fact]
    public void Networks_of_others_are_written_in_these_words()
    {
        RunResources state = place.NewResources() with
        {
            Joined = new JoinedRecord("/run/netns/a", "4:5", ["hearth-tap0"], [new JoinedInterface(
                "eth0",
                [2, 0, 0, 0, 0, 2],
                1400,
                [new AddressInfo(3, IPAddress.Parse("10.0.0.2"), 24) { HasNetworkRoute = false }],
                [new RouteInfo(IPAddress.IPv6Any, 0, IPAddress.Parse("fe80::1"), 3) { Source = IPAddress.Parse("fd00::2"), Metric = 7, IsOnLink = true }],
                [new NeighbourInfo(3, IPAddress.Parse("10.0.0.1"), [2, 0, 0, 0, 0, 1])])])
            {
                Switches = [new ChangedSwitch("/proc/sys/net/ipv6/conf/all/forwarding", "0")],
            },
            Cni = new CniRecord("{}", ["/usr/lib/cni"], "/bin", "abc", "/run/netns/a")
            {
                Ports = [new PublishedPort(TransportProtocol.Udp, IPAddress.Loopback, 8053, 53)],
                Result = "[]",
            },
        };

        JsonNode json = JsonNode.Parse(state.ToJson())!;
        Assert.Equal(
            """{"path":"/run/netns/a","identity":"4:5","taps":["hearth-tap0"],"interfaces":[{"name":"eth0","hardwareAddress":"AgAAAAAC","maximumTransmissionUnit":1400,"addresses":[{"index":3,"address":"10.0.0.2","prefixLength":24,"hasNetworkRoute":false}],"routes":[{"destination":"::","prefixLength":0,"gateway":"fe80::1","index":3,"source":"fd00::2","metric":7,"protocol":3,"isOnLink":true}],"neighbours":[{"index":3,"address":"10.0.0.1","hardwareAddress":"AgAAAAAB"}]}],"switches":[{"path":"/proc/sys/net/ipv6/conf/all/forwarding","value":"0"}]}""",
            json["joined"]!.ToJsonString());
        Assert.Equal(
            """{"configuration":"{}","plugins":["/usr/lib/cni"],"searchPath":"/bin","containerId":"abc","namespace":"/run/netns/a","ports":[{"protocol":"Udp","hostAddress":"127.0.0.1","hostPort":8053,"guestPort":53}],"result":"[]"}""",
            json["cni"]!.ToJsonString());
        RunResources read = RunResources.Parse(state.ToJson())!;
        Assert.Equal(state.Joined.Interfaces[0].Routes, read.Joined!.Interfaces[0].Routes);
        Assert.Equal(state.Joined.Interfaces[0].Addresses, read.Joined.Interfaces[0].Addresses);
        Assert.Equal(state.Cni.Ports, read.Cni!.Ports);
    }

    /// <summary>The next command finds its owner dead, and tries again.</summary>
    [Fact]
    public void A_directory_stays_if_something_that_it_records_could_not_be_released()
    {
        RunDirectory directory = RunDirectory.Create(place.Directories, place.NewResources());
        directory.KeepIfFails(() => { });
        Assert.Throws<IOException>(() => directory.KeepIfFails(() => throw new IOException("busy")));
        directory.Delete();
        Assert.True(File.Exists(Path.Combine(directory.Path, RunDirectory.ResourcesFile)));
    }

    [Fact]
    public void A_directory_appears_with_its_state_and_for_its_owner_only()
    {
        RunResources state = place.NewResources();
        RunDirectory directory = RunDirectory.Create(place.Directories, state);
        Assert.Equal([state.Id], place.Containers);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory.Path));
        Assert.Equal([Path.Combine(directory.Path, "resources.json")], Directory.GetFileSystemEntries(directory.Path));
        Assert.Equal(state.ToJson(), File.ReadAllBytes(Path.Combine(directory.Path, "resources.json")));
    }

    private const string Example =
        """
        {
          "id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "owner": {
            "pid": 12,
            "startTime": 345
          },
          "machine": {
            "pid": 13,
            "startTime": 346
          },
          "files": [
            "/var/lib/hearth/scratch/x.ext4"
          ],
          "controlGroups": [
            "/sys/fs/cgroup/hearth/x"
          ],
          "taps": [
            {
              "name": "hearth-ac1d0005",
              "bridge": "hearth0",
              "subnet": "172.29.0.0/16",
              "gateway": "172.29.0.1",
              "ipv6Prefix": "fd00::",
              "isInternal": false
            }
          ],
          "networks": [
            {
              "network": "nat",
              "hardwareAddress": "02:68:ac:1d:00:05",
              "ipv4": "172.29.0.5",
              "ipv4PrefixLength": 16,
              "ipv4Gateway": "172.29.0.1",
              "ipv6": "fd00::ac1d:5",
              "ipv6PrefixLength": 64,
              "ipv6Gateway": "fd00::ac1d:1",
              "aliases": [
                "db"
              ]
            }
          ],
          "ports": [
            {
              "hostAddress": "127.0.0.1",
              "hostPort": 8080,
              "containerPort": 80,
              "protocol": "tcp"
            }
          ],
          "joined": null,
          "cni": null,
          "created": "1970-01-01T00:00:00+00:00"
        }
        """;

    private RunResources NewExample() => place.NewResources() with
    {
        Id = new string('a', 64),
        Owner = new ProcessIdentity(12, 345),
        Machine = new ProcessIdentity(13, 346),
        Files = ["/var/lib/hearth/scratch/x.ext4"],
        ControlGroups = ["/sys/fs/cgroup/hearth/x"],
        Taps = [new NetworkTap("hearth-ac1d0005", "hearth0", "172.29.0.0/16", "172.29.0.1", "fd00::", IsInternal: false)],
        Networks = [new NetworkPlace("nat", "02:68:ac:1d:00:05", "172.29.0.5", 16, "172.29.0.1", "fd00::ac1d:5", 64, "fd00::ac1d:1") { Aliases = ["db"] }],
        Ports = [new PortMapping("127.0.0.1", 8080, 80, "tcp")],
    };

    [Fact]
    public void State_is_written_in_these_words()
    {
        RunResources state = NewExample();
        Assert.Equal(
            Example,
            Encoding.UTF8.GetString(state.ToJson()));
        RunResources read = RunResources.Parse(state.ToJson())!;
        Assert.Equal(
            state with { Files = [], ControlGroups = [], Taps = [], Networks = [], Ports = [] }, read with { Files = [], ControlGroups = [], Taps = [], Networks = [], Ports = [] });
        Assert.Equal(state.Taps, read.Taps);
        Assert.Equal(state.Networks[0] with { Aliases = [] }, Assert.Single(read.Networks) with { Aliases = [] });
        Assert.Equal(["db"], read.Networks[0].Aliases);
        Assert.Equal(state.Ports, read.Ports);
        Assert.Equal(state.Files, read.Files);
        Assert.Equal(state.ControlGroups, read.ControlGroups);
    }

    [Fact]
    public void An_update_is_seen_by_others()
    {
        RunDirectory directory = RunDirectory.Create(place.Directories, place.NewResources());
        directory.Update(directory.Resources with { Files = ["/a/file"] });
        Assert.Equal(["/a/file"], RunResources.Parse(File.ReadAllBytes(Path.Combine(directory.Path, "resources.json")))!.Files);
        Assert.Single(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void A_deleted_directory_is_gone_with_all_in_it_and_cannot_be_updated()
    {
        RunDirectory directory = RunDirectory.Create(place.Directories, place.NewResources());
        Directory.CreateDirectory(Path.Combine(directory.Path, "more/of/it"));
        directory.Delete();
        Assert.Empty(place.Containers);
        Assert.False(RunDirectory.Remove(directory.Path));
        Assert.Equal(HearthError.StorageFailed, Assert.Throws<HearthException>(() => directory.Update(directory.Resources)).Error);
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_an_error_with_a_way_out()
    {
        place.Write("run", "a file in the way");
        HearthException failure = Assert.Throws<HearthException>(() => RunDirectory.Create(place.Directories, place.NewResources()));
        Assert.Equal(HearthError.StorageFailed, failure.Error);
        Assert.Contains("--run-dir", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => place.Dispose();
}
