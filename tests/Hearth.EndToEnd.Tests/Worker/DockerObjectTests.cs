using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>Networks, volumes, copies and statistics by docker's command.</summary>
public sealed class DockerObjectTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();

    private string Image => $"{images.Host}/base:one";

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_volume_keeps_its_files_from_container_to_container()
    {
        using Daemon daemon = Start();
        Assert.Equal("data", daemon.Docker("volume", "create", "--label", "tier=front", "data"));
        daemon.Docker("run", "--rm", "-v", "data:/data", Image, "sh", "-c", "echo kept >/data/file");

        Assert.Equal("kept", daemon.Docker("run", "--rm", "--mount", "type=volume,source=data,target=/data,readonly", Image, "cat", "/data/file"));
        Assert.Equal("data", daemon.Docker("volume", "ls", "-q", "--filter", "label=tier=front"));
        Assert.Equal("local front", daemon.Docker("volume", "inspect", "-f", "{{.Driver}} {{.Labels.tier}}", "data"));
        daemon.Docker("run", "--rm", "--mount", "type=volume,source=labelled,target=/data,volume-label=tier=back", Image, "true");
        Assert.Equal("labelled", daemon.Docker("volume", "ls", "-q", "--filter", "label=tier=back"));
        Assert.Equal("data", daemon.Docker("volume", "rm", "data"));
        Assert.NotEqual(0, daemon.RunDocker("", "volume", "inspect", "data").ExitCode);
    }

    /// <summary>docker compose's way to recreate a container: the new one is created with the old one's volumes before that is removed.</summary>
    [Fact]
    public void An_anonymous_volume_outlives_its_container_unless_it_is_removed_with_it()
    {
        using Daemon daemon = Start();
        daemon.Docker("run", "--name", "old", "-v", "/data", Image, "sh", "-c", "echo kept >/data/file");
        string volume = daemon.Docker("inspect", "-f", "{{(index .Mounts 0).Name}}", "old");
        daemon.Docker("create", "--name", "new", "-v", $"{volume}:/data", Image, "cat", "/data/file");

        daemon.Docker("rm", "-v", "old");
        Assert.Equal("kept", daemon.Docker("start", "-a", "new"));
        daemon.Docker("rm", "new");
        Assert.Equal(volume, daemon.Docker("volume", "ls", "-q"));
        daemon.Docker("run", "--name", "third", "-v", $"{volume}:/data", "-v", "/other", Image, "true");
        daemon.Docker("container", "prune", "-f");
        Assert.Equal(2, daemon.Docker("volume", "ls", "-q").Split('\n').Length);
        daemon.Docker("volume", "prune", "-f");
        Assert.Equal("", daemon.Docker("volume", "ls", "-q"));

        daemon.Docker("run", "--rm", "-v", "/data", Image, "true");
        sandbox.Hearth("create", "--name", "own", "-v", "/data", Image, "true");
        sandbox.Hearth("start", "own");
        sandbox.Hearth("wait", "own");
        sandbox.Hearth("rm", "-v", "own");
        Assert.Equal("", daemon.Docker("volume", "ls", "-q"));
    }

    /// <summary>What one client creates must not end the lists of all.</summary>
    [Fact]
    public async Task Odd_ports_and_networks_are_refused_and_lists_go_on()
    {
        using Daemon daemon = Start();
        daemon.Docker("pull", "-q", Image);
        string front = daemon.Docker("network", "create", "front");
        using HttpClient client = daemon.Connect();
        foreach ((int status, string odd) in ((int, string)[])[
            (201, """ "ExposedPorts": {"8000-8002/tcp": {}, "8001/tcp": {}} """), (400, """ "ExposedPorts": {"abc": {}} """), (400, """ "ExposedPorts": {"1/tcp/udp": {}} """),
            (400, """ "NetworkingConfig": {"EndpointsConfig": {"bridge": {}, "nat": {}}} """), (201, $$""" "HostConfig": {"NetworkMode": "front"}, "NetworkingConfig": {"EndpointsConfig": {"{{front}}": {} } } """)])
        {
            using StringContent body = new($$"""{"Image": "{{Image}}", "Cmd": ["true"], {{odd}} }""", System.Text.Encoding.UTF8, "application/json");
            using HttpResponseMessage created = await client.PostAsync(new Uri("containers/create", UriKind.Relative), body);
            Assert.True(status == (int)created.StatusCode, $"{odd}: {created.StatusCode} {await created.Content.ReadAsStringAsync()}");
        }

        Assert.Equal(2, daemon.Docker("ps", "-aq").Split('\n').Length);
        daemon.Docker("system", "df");
        daemon.Docker(["rm", .. daemon.Docker("ps", "-aq").Split('\n')]);
        daemon.Docker("network", "rm", "front");
    }

    [Fact]
    public void The_whole_system_is_pruned_with_one_command()
    {
        using Daemon daemon = Start();
        daemon.Docker("pull", "-q", Image);
        daemon.Docker("create", Image, "true");
        daemon.Docker("network", "create", "front");
        daemon.Docker("system", "prune", "--all", "--force", "--volumes");

        Assert.Equal("", daemon.Docker("ps", "-aq") + daemon.Docker("images", "-q"));
        Assert.DoesNotContain("front", daemon.Docker("network", "ls"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_record_hides_no_other_container_and_is_removed_by_force()
    {
        using Daemon daemon = Start();
        string bad = daemon.Docker("create", "--name", "bad", Image, "true");
        daemon.Docker("create", "--name", "good", Image, "true");
        File.WriteAllText(Path.Combine(sandbox.StateDirectory, "records", bad, "state.json"), "{");

        daemon.Restart();
        Assert.Equal("good", daemon.Docker("ps", "-a", "--format", "{{.Names}}"));
        Assert.NotEqual(0, daemon.RunDocker("", "inspect", "bad").ExitCode);
        Assert.NotEqual(0, daemon.RunDocker("", "rm", "bad").ExitCode);
        daemon.Docker("rm", "-f", "bad");
        daemon.Docker("create", "--name", "bad", Image, "true");
        daemon.Docker("rm", "bad", "good");
    }

    [Fact]
    public void Files_are_copied_both_ways_and_statistics_are_read()
    {
        using Daemon daemon = Start();
        daemon.Docker("run", "-d", "--name", "box", "--memory", "256m", Image, "sleep", "1000");
        string tree = sandbox.MakeTree("tree", ("one", "first"), ("deep/two", "second"));

        daemon.Docker("cp", tree, "box:/tmp");
        Assert.Equal("second", daemon.Docker("exec", "box", "cat", "/tmp/tree/deep/two"));
        daemon.Docker("cp", "box:/tmp/tree/one", sandbox.PathOf("back"));
        Assert.Equal("first", File.ReadAllText(sandbox.PathOf("back")));
        // docker 20.10 and 28 have words of their own for it.
        Assert.Matches("Could not find|No such container:path", daemon.RunDocker("", "cp", "box:/nothing", sandbox.PathOf("none")).ErrorText);

        Assert.Matches(@"^box\|\d+\.\d+%\|.+ / 2\d\d(\.\d+)?MiB\|\d+$", daemon.Docker("stats", "--no-stream", "--format", "{{.Name}}|{{.CPUPerc}}|{{.MemUsage}}|{{.PIDs}}", "box"));
        daemon.Docker("rm", "-f", "box");
    }

    [Fact]
    public void Containers_are_found_by_dockers_filters_and_pruned_by_them()
    {
        using Daemon daemon = Start();
        daemon.Docker("create", "--name", "one", "-p", "8080:80", "--expose", "90/udp", "-l", "tier=front", "-l", "kind=web", "-v", "data:/data", Image, "true");
        daemon.Docker("create", "--name", "other-one", "-l", "tier=back", Image, "true");

        Assert.Equal("one", Find("before=other-one"));
        Assert.Equal("other-one", Find("since=one"));
        Assert.Equal("one", Find("name=^/one$"));
        Assert.Equal("other-one one", Find("name=one"));
        Assert.Equal("one", Find("expose=90/udp"));
        Assert.Equal("one", Find("publish=70-85"));
        Assert.Equal("", Find("publish=90"));
        Assert.Equal("one", Find("volume=data"));
        Assert.Equal("other-one one", Find("status=created"));
        Assert.Equal("one", Find("label=tier", "label=kind=web"));
        Assert.Equal("", Find("label=tier=back", "label=kind=web"));
        Assert.Equal("other-one one", Find($"ancestor={Image}"));
        Assert.Contains("there is no container 'none'", daemon.RunDocker("", "ps", "--filter", "before=none").ErrorText, StringComparison.Ordinal);
        daemon.Docker("container", "prune", "-f", "--filter", "label!=tier=front");
        Assert.Equal("one", Find("status=created"));
        daemon.Docker("container", "prune", "-f", "--filter", "until=0s");
        daemon.Docker("volume", "prune", "-f", "--filter", "all=true", "--filter", "label!=kept");
        Assert.Equal("", daemon.Docker("volume", "ls", "-q"));

        string Find(params string[] filters) => daemon.Docker(["ps", "-a", .. filters.SelectMany(filter => new[] { "--filter", filter }), "--format", "{{.Names}}"]).Replace('\n', ' ');
    }

    [Fact]
    public void Containers_of_a_network_find_each_other_and_their_ports_are_published()
    {
        images.Run("skopeo copy --quiet oci:images:base oci:$PWD/alone:base");
        sandbox.Hearth("pull", "-q", $"oci:{images.Place}/alone:base");
        NetworkHost.Run(_ =>
        {
            using Daemon daemon = new(sandbox);
            string network = daemon.Docker("network", "create", "front");
            daemon.Docker("run", "-d", "--name", "web", "--network", network, "-p", "8080:80", "localhost/alone:base", "sh", "-c", "echo page >/tmp/page; busybox httpd -f -p 80 -h /tmp");

            Assert.Equal("page", daemon.Docker("run", "--rm", "--network", "front", "localhost/alone:base", "sh", "-c", "for i in 1 2 3 4 5; do busybox wget -qO- http://web/page && exit; sleep 1; done"));
            Assert.Equal("page\n", NetworkHost.TryFetch("127.0.0.1", 8080));
            Assert.Contains("0.0.0.0:8080->80/tcp", daemon.Docker("ps", "--format", "{{.Ports}}"), StringComparison.Ordinal);
            Assert.Equal("web", daemon.Docker("network", "inspect", "-f", "{{range .Containers}}{{.Name}}{{end}}", "front"));
            daemon.Docker("rm", "-f", "web");
            Assert.Equal("front", daemon.Docker("network", "rm", "front"));
            Assert.Equal("", daemon.Docker("network", "ls", "-q", "--filter", "name=front"));
        });
    }

    private Daemon Start()
    {
        Daemon daemon = new(sandbox);
        daemon.Docker("pull", "-q", Image);
        return daemon;
    }
}
