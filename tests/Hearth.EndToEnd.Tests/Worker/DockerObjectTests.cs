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
