using System.Diagnostics;
using System.Net;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;
using Hearth.Network.Cni;

namespace Hearth.Network.Tests.Cni;

/// <summary>Networks of CNI: Debian's plugins, and plugins of the tests' own that fail in every way.</summary>
public sealed class CniNetworkTests : IDisposable
{
    private const string ContainerId = "0123456789abcdef";

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-cni-").FullName;

    public void Dispose()
    {
        NetworkNamespace.Unpin(Path.Combine(directory, "netns"));
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>The bridge itself stays, as the plugin leaves it. Debian's firewall knows no 0.3.</summary>
    [Theory]
    [InlineData("1.0.0")]
    [InlineData("0.4.0")]
    [InlineData("0.3.1")]
    public void Debians_plugins_add_a_container_and_remove_it(string version) => OnHost(() =>
    {
        CniNetwork network = new(RecordOf($$"""
            { "cniVersion": "{{version}}", "name": "front", "plugins": [
              { "type": "bridge", "bridge": "cni7", "isGateway": true, "ipMasq": true, {{Addresses("10.77.0.0/24")}}, "dns": { "nameservers": ["192.0.2.53"], "search": ["example.org"] } },
              { "type": "portmap", "capabilities": { "portMappings": true } },
              {{(version == "0.3.1" ? "" : "{ \"type\": \"firewall\" },")}}
              { "type": "loopback" } ] }
            """) with { Ports = [new PublishedPort(TransportProtocol.Tcp, null, 18080, 80)] });

        CniRecord added = network.Add();

        using (NetworkNamespace inside = NetworkNamespace.TryOpen(added.Namespace, out _)!)
        {
            Assert.Equal("10.77.0.2/24", inside.Run(AddressOf));
        }

        CniNames names = CniNames.Of(added.Result!)!;
        Assert.Equal(["192.0.2.53"], names.Servers);
        Assert.Equal(["example.org"], names.Search);
        Assert.Contains("10.77.0.2", Rules(), StringComparison.Ordinal);
        Assert.Contains("18080", Rules(), StringComparison.Ordinal);

        new CniNetwork(added).Remove();
        new CniNetwork(added).Remove();
        Assert.False(File.Exists(added.Namespace));
        Assert.DoesNotContain("10.77.0.2", Rules(), StringComparison.Ordinal);
        Assert.DoesNotContain("18080", Rules(), StringComparison.Ordinal);
        Assert.Equal(["last_reserved_ip.0", "lock"], Directory.GetFiles(Path.Combine(directory, "addresses/front")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["cni7", "lo"], LinksOfHost());
    });

    [Fact]
    public void A_pair_of_interfaces_is_made_by_the_plugin_ptp() => OnHost(() =>
    {
        CniNetwork network = new(RecordOf($$"""{ "cniVersion": "0.4.0", "name": "pair", "type": "ptp", "ipMasq": true, "mtu": 1400, {{Addresses("10.78.0.0/24")}} }"""));

        CniRecord added = network.Add();

        using (NetworkNamespace inside = NetworkNamespace.TryOpen(added.Namespace, out _)!)
        {
            Assert.Equal(1400, inside.Run(() =>
            {
                using RouteSocket socket = RouteSocket.Open();
                return Links.Find(socket, "eth0")!.MaximumTransmissionUnit;
            }));
        }

        Assert.Null(CniNames.Of(added.Result!));
        new CniNetwork(added).Remove();
        Assert.Equal(["lo"], LinksOfHost());
    });

    /// <summary>The namespace may be gone, such as after a restart of the host.</summary>
    [Fact]
    public void A_container_is_removed_also_if_its_namespace_is_gone() => OnHost(() =>
    {
        CniRecord added = new CniNetwork(RecordOf($$"""{ "cniVersion": "1.0.0", "name": "front", "type": "bridge", "bridge": "cni7", {{Addresses("10.77.0.0/24")}} }""")).Add();
        NetworkNamespace.Unpin(added.Namespace);

        new CniNetwork(added with { Namespace = Path.Combine(directory, "gone/netns") }).Remove();

        Assert.False(File.Exists(Path.Combine(directory, "addresses/front/10.77.0.2")));
        Assert.True(SpinWait.SpinUntil(() => LinksOfHost() is ["cni7", "lo"], TimeSpan.FromSeconds(30)));
    });

    [Fact]
    public void A_plugin_that_is_missing_is_named_before_any_runs()
    {
        MakePlugin("first", "echo ran >>\"$0.log\"");
        NetworkException failure = Assert.Throws<NetworkException>(() => new CniNetwork(RecordOf("""{ "cniVersion": "1.0.0", "name": "front", "plugins": [ { "type": "first" }, { "type": "of-nobody" } ] }""")).Add());

        Assert.Contains("the plugin 'of-nobody' is not in", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(directory, "first.log")));
    }

    [Theory]
    [InlineData("""echo '{"cniVersion":"1.0.0","code":11,"msg":"no lease","details":"the server is away"}'; echo oops >&2; exit 1""", "the plugin 'own' failed: no lease: the server is away: oops")]
    [InlineData("echo words; exit 3", "the plugin 'own' failed: words")]
    [InlineData("kill -9 $$", "the plugin 'own' failed")]
    [InlineData("echo nonsense", "the plugin 'own' did not answer with a result: nonsense")]
    [InlineData("echo '[1]'", "the plugin 'own' did not answer with a result: [1]")]
    [InlineData("""echo '{"cniVersion":"1.0.0","cniVersion":"1.0.0"}'""", "the plugin 'own' did not answer with a result: {")]
    [InlineData("""printf '%s' '{"cniVersion":"1.0.0","ips":"\ud800"}'""", "the plugin 'own' did not answer with a result: {")]
    [InlineData("""echo '{"msg":"a","msg":"b"}'; exit 1""", """the plugin 'own' failed: {"msg":"a","msg":"b"}""")]
    [InlineData("""printf '\033[31mred\0\n'; exit 1""", "the plugin 'own' failed:  [31mred ")]
    [InlineData("exit 0", "the plugin 'own' did not answer with a result")]
    [InlineData("head -c 3000000 /dev/zero", "the plugin 'own' did not answer with a result")]
    [InlineData("sleep 1000 & sleep 1000", "the plugin 'own' has not ended for 0.5 s and was killed")]
    public void A_plugin_that_fails_is_quoted_and_leaves_nothing(string script, string words)
    {
        MakePlugin("own", $"case $CNI_COMMAND in ADD) {script};; esac");
        CniRecord record = RecordOf("""{ "cniVersion": "1.0.0", "name": "front", "type": "own" }""");
        CniNetwork network = new(record, TimeSpan.FromSeconds(0.5));

        NetworkException failure = Assert.Throws<NetworkException>(() => network.Add());

        Assert.StartsWith("cannot add the container to the CNI network 'front': ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(words, failure.Message.Replace("; oops", ": oops", StringComparison.Ordinal), StringComparison.Ordinal);
        network.Remove();
        Assert.False(File.Exists(record.Namespace));
    }

    [Fact]
    public void Plugins_get_what_the_specification_says_and_are_removed_in_reverse()
    {
        MakePlugin("first", """cat >"$0.$CNI_COMMAND"; echo "first $CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME $CNI_PATH" >>"${0%/*}/order"; echo '{"cniVersion":"0.4.0","ips":[{"address":"10.0.0.2/24"}]}'""");
        MakePlugin("second", """cat >"$0.$CNI_COMMAND"; echo "second $CNI_COMMAND" >>"${0%/*}/order"; echo '{"cniVersion":"0.4.0","ips":[]}'""");
        CniNetwork network = new(RecordOf("""{ "cniVersion": "0.4.0", "name": "front", "plugins": [ { "type": "first", "own": 1 }, { "type": "second", "capabilities": { "portMappings": true } } ] }""") with
        {
            Ports = [new PublishedPort(TransportProtocol.Udp, IPAddress.Loopback, 8053, 53)],
        });

        CniRecord added = network.Add();
        new CniNetwork(added).Remove();

        Assert.Equal($"first ADD {ContainerId} eth0 {directory}\nsecond ADD\nsecond DEL\nfirst DEL {ContainerId} eth0 {directory}\n", File.ReadAllText(Path.Combine(directory, "order")));
        Assert.Equal("""{"type":"first","own":1,"cniVersion":"0.4.0","name":"front"}""", File.ReadAllText(Path.Combine(directory, "first.ADD")));
        Assert.Equal(
            """{"type":"second","cniVersion":"0.4.0","name":"front","runtimeConfig":{"portMappings":[{"hostPort":8053,"containerPort":53,"protocol":"udp","hostIP":"127.0.0.1"}]},"prevResult":{"cniVersion":"0.4.0","ips":[{"address":"10.0.0.2/24"}]}}""",
            File.ReadAllText(Path.Combine(directory, "second.ADD")));
        Assert.Equal("""{"type":"first","own":1,"cniVersion":"0.4.0","name":"front","prevResult":{"cniVersion":"0.4.0","ips":[]}}""", File.ReadAllText(Path.Combine(directory, "first.DEL")));
    }

    [Fact]
    public void Ports_need_a_plugin_for_them()
    {
        MakePlugin("own", "echo '{\"cniVersion\":\"1.0.0\"}'");
        CniRecord record = RecordOf("""{ "cniVersion": "1.0.0", "name": "front", "type": "own" }""") with { Ports = [new PublishedPort(TransportProtocol.Tcp, null, 80, 80)] };

        Assert.Contains("none of its plugins has the capability portMappings", Assert.Throws<NetworkException>(() => new CniNetwork(record).Add()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("front", "front")]
    [InlineData("10-front", "front")]
    [InlineData("20-single.conf", "alone")]
    [InlineData("alone", "alone")]
    public void A_configuration_is_found_by_its_name_and_by_its_files(string wanted, string name)
    {
        File.WriteAllText(Path.Combine(directory, "00-broken.conflist"), "{");
        File.WriteAllText(Path.Combine(directory, "05-twice.conflist"), """{ "cniVersion": "1.0.0", "name": "front", "name": "front", "plugins": [ { "type": "bridge" } ] }""");
        File.WriteAllText(Path.Combine(directory, "10-front.conflist"), """{ "cniVersion": "1.0.0", "name": "front", "plugins": [ { "type": "bridge" } ] }""");
        File.WriteAllText(Path.Combine(directory, "20-single.conf"), """{ "cniVersion": "0.3.1", "name": "alone", "type": "ptp" }""");
        File.WriteAllText(Path.Combine(directory, "30-other.txt"), """{ "cniVersion": "0.3.1", "name": "text", "type": "ptp" }""");

        Assert.Equal(name, CniConfiguration.Find(directory, wanted).Name);
        NetworkException failure = Assert.Throws<NetworkException>(() => CniConfiguration.Find(directory, "text"));
        Assert.Contains($"cannot find the CNI network 'text' in {directory}: the directory has 00-broken.conflist, 05-twice.conflist, front, alone", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "it is no JSON")]
    [InlineData("[]", "it is no JSON object")]
    [InlineData("""{ "name": "a", "name": "b", "cniVersion": "1.0.0", "type": "bridge" }""", "it is no JSON that can be read: ")]
    [InlineData("""{ "name": "a", "cniVersion": "1.0.0", "type": "bridge", "ipam": { "type": "x", "type": "y" } }""", "it is no JSON that can be read: ")]
    [InlineData("""{ "name": "\ud800", "cniVersion": "1.0.0", "type": "bridge" }""", "it is no JSON that can be read: a text is not Unicode")]
    [InlineData("""{ "\ud800": "a", "name": "a", "cniVersion": "1.0.0", "type": "bridge" }""", "it is no JSON that can be read: a text is not Unicode")]
    [InlineData("""{ "cniVersion": "1.0.0", "type": "bridge" }""", "it has no 'name'")]
    [InlineData("""{ "name": "a", "type": "bridge" }""", "it has no 'cniVersion'")]
    [InlineData("""{ "name": "a", "cniVersion": "0.2.0", "type": "bridge" }""", "its 'cniVersion' is '0.2.0'")]
    [InlineData("""{ "name": "a", "cniVersion": "1.0.0" }""", "a plugin has no 'type'")]
    [InlineData("""{ "name": "a", "cniVersion": "1.0.0", "plugins": [] }""", "there is no plugin")]
    [InlineData("""{ "name": "a", "cniVersion": "1.0.0", "plugins": [ 1 ] }""", "an entry of 'plugins' is no object")]
    [InlineData("""{ "name": "a", "cniVersion": "1.0.0", "plugins": [ { "type": "../bin/sh" } ] }""", "a plugin has no 'type'")]
    public void A_configuration_that_is_none_is_refused(string text, string words) =>
        Assert.Contains(words, Assert.Throws<NetworkException>(() => CniConfiguration.Parse(text, "a file")).Message, StringComparison.Ordinal);

    private static void OnHost(Action test) => OwnNamespace.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0");
        test();
    });

    private CniRecord RecordOf(string configuration) => new(
        configuration,
        configuration.Contains("\"own\"", StringComparison.Ordinal) || configuration.Contains("\"first\"", StringComparison.Ordinal) ? [directory] : CniNetwork.UsualPlugins,
        "/usr/sbin:/usr/bin:/sbin:/bin",
        ContainerId,
        Path.Combine(directory, "netns"));

    private string Addresses(string subnet) =>
        $$"""
        "ipam": { "type": "host-local", "dataDir": "{{directory}}/addresses", "ranges": [[{ "subnet": "{{subnet}}" }]], "routes": [{ "dst": "0.0.0.0/0" }] }
        """;

    private void MakePlugin(string name, string script)
    {
        string path = Path.Combine(directory, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private static string AddressOf()
    {
        using RouteSocket socket = RouteSocket.Open();
        int index = Links.Find(socket, "eth0")!.Index;
        AddressInfo address = Linux.Network.Addresses.List(socket).First(each => each.Index == index && !each.Address.IsIPv6LinkLocal);
        return $"{address.Address}/{address.PrefixLength}";
    }

    private static string[] LinksOfHost()
    {
        using RouteSocket socket = RouteSocket.Open();
        return [.. Links.List(socket).Select(link => link.Name).Order(StringComparer.Ordinal)];
    }

    private static string Rules()
    {
        using Process process = Process.Start(new ProcessStartInfo("nft", "list ruleset") { RedirectStandardOutput = true })!;
        string rules = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return rules;
    }
}
