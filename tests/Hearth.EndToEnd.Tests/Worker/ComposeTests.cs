using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>Debian's <c>docker-compose</c> 1.29 with hearthd.</summary>
public sealed class ComposeTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private const string Project = """
        version: "3.8"
        services:
          web:
            image: localhost/alone:base
            command: ["sh", "-c", "echo page >/site/page; exec busybox httpd -f -p 80 -h /site"]
            volumes: ["site:/site"]
            networks: {front: {aliases: [pages]}}
            ports: ["127.0.0.1:8080:80"]
            labels: {tier: front}
          reader:
            image: localhost/alone:base
            depends_on: [web]
            environment: {PLACE: "http://pages/page"}
            command: ["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do busybox wget -qO- $$PLACE && break; sleep 1; done; sleep 1000"]
            networks: [front]
            stop_grace_period: 0s
          job:
            image: localhost/alone:base
            command: ["sh", "-c", "echo done; exit 3"]
            networks: [front]
        networks: {front: {}}
        volumes: {site: {}}
        """;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_project_starts_is_inspected_and_leaves_nothing()
    {
        images.Run("skopeo copy --quiet oci:images:base oci:$PWD/alone:base");
        sandbox.Hearth("pull", "-q", $"oci:{images.Place}/alone:base");
        Directory.CreateDirectory(sandbox.PathOf("project"));
        File.WriteAllText(sandbox.PathOf("project/docker-compose.yml"), Project);
        NetworkHost.Run(_ =>
        {
            using Daemon daemon = new(sandbox);
            Compose(daemon, "up", "-d");
            Sandbox.WaitUntil(() => Compose(daemon, "logs", "--no-color", "reader").Contains("page", StringComparison.Ordinal), "the page by the other service's name");

            Assert.Equal("page\n", NetworkHost.TryFetch("127.0.0.1", 8080));
            string listed = Compose(daemon, "ps");
            Assert.Matches(@"project_web_1 .* Up +127\.0\.0\.1:8080->80/tcp", listed);
            Assert.Matches("project_job_1 .* Exit 3", listed);
            Assert.Equal("page", Compose(daemon, "exec", "-T", "reader", "busybox", "wget", "-qO-", "http://web/page"));
            Assert.Equal("project_web_1", daemon.Docker("ps", "--filter", "label=com.docker.compose.project=project", "--filter", "label=tier=front", "--format", "{{.Names}}"));
            Assert.Contains("project_reader_1", Compose(daemon, "top"), StringComparison.Ordinal);

            // Nothing has changed, so nothing is made anew.
            string before = daemon.Docker("ps", "-q", "--filter", "name=project_web_1");
            Compose(daemon, "up", "-d", "web");
            Assert.Equal(before, daemon.Docker("ps", "-q", "--filter", "name=project_web_1"));

            // Both follow docker's events, and read members of the first ones.
            using (Command events = StartCompose(daemon, "events", "--json"))
            using (Command attached = StartCompose(daemon, "up", "job"))
            {
                CommandResult ended = attached.Wait();
                Assert.Equal((0, ""), (ended.ExitCode, ended.ErrorText.Contains("Traceback", StringComparison.Ordinal) ? ended.ErrorText : ""));
                Assert.Contains("done", ended.OutputText, StringComparison.Ordinal);
                events.WaitForOutput("\"action\": \"die\"");
                events.Signal("INT");
                Assert.DoesNotContain("KeyError", events.Wait().ErrorText, StringComparison.Ordinal);
            }

            Compose(daemon, "restart", "-t", "0", "web");
            Compose(daemon, "stop", "-t", "0");
            Compose(daemon, "down", "-v");

            Assert.Equal("", daemon.Docker("ps", "-aq"));
            Assert.Equal("", daemon.Docker("volume", "ls", "-q"));
            Assert.Equal("", daemon.Docker("network", "ls", "-q", "--filter", "name=project"));
        });
    }

    private string Compose(Daemon daemon, params string[] arguments)
    {
        using Command command = StartCompose(daemon, arguments);
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == 0, $"docker-compose {string.Join(' ', arguments)} ended with {result.ExitCode}.\nstdout: {result.OutputText}\nstderr: {result.ErrorText}");
        return result.OutputText.TrimEnd('\n');
    }
    private Command StartCompose(Daemon daemon, params string[] arguments)
    {
        Command command = daemon.StartClient("docker-compose", ["--ansi", "never", "--project-directory", sandbox.PathOf("project"), "-f", sandbox.PathOf("project/docker-compose.yml"), .. arguments]);
        command.CloseInput();
        return command;
    }
}
