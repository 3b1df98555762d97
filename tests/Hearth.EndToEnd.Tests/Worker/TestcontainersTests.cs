using System.Net;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;
using Testcontainers.PostgreSql;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>
/// Testcontainers for .NET with hearthd. Its reaper is off: it is an image of a registry that is not there. Ports are published by
/// forwarding, which changes nothing of the host's network.
/// </summary>
public sealed class TestcontainersTests : IClassFixture<ImageRegistry>, IClassFixture<PostgresRoot>, IDisposable
{
    private const string MakeDatabase = """
        printf 'local all all trust\nhost all all all trust\n' >hba
        umoci new --image images:pgtest
        umoci insert --image images:pgtest $TREE /
        umoci insert --image images:pgtest hba /etc/postgresql/15/main/pg_hba.conf
        umoci config --image images:pgtest --config.user postgres --config.exposedports 5432/tcp \
            --config.env PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin --config.env PGHOST=/tmp \
            --config.entrypoint postgres --config.entrypoint=-D --config.entrypoint=/etc/postgresql/15/main \
            --config.entrypoint=-c --config.entrypoint='listen_addresses=*' --config.entrypoint=-c --config.entrypoint=unix_socket_directories=/tmp
        skopeo copy --quiet --dest-tls-verify=false oci:images:pgtest docker://$HOST/postgres:15
        """;

    static TestcontainersTests()
    {
        // In a container it takes the bridge's gateway for the host. It reads this once.
        Environment.SetEnvironmentVariable("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1");
        TestcontainersSettings.ResourceReaperEnabled = false;
    }

    private readonly ImageRegistry images;
    private readonly PostgresRoot postgres;
    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;

    public TestcontainersTests(ImageRegistry images, PostgresRoot postgres)
    {
        this.images = images;
        this.postgres = postgres;
        sandbox.Set("HEARTH_NETWORK", "host-forward");
        daemon = new Daemon(sandbox);
    }

    private string Endpoint => $"unix://{daemon.Socket}";

    public void Dispose()
    {
        daemon.Dispose();
        sandbox.Dispose();
    }

    [Fact]
    public async Task A_container_is_ready_when_its_port_answers_and_goes_with_the_test()
    {
        IContainer container = new ContainerBuilder($"{images.Host}/base:one")
            .WithDockerEndpoint(Endpoint)
            .WithCommand("sh", "-c", "cat /etc/given >/tmp/page; exec busybox httpd -f -v -p 80 -h /tmp")
            .WithPortBinding(80, assignRandomHostPort: true)
            .WithCreateParameterModifier(OnlyLoopback)
            .WithEnvironment("COLOUR", "blue")
            .WithResourceMapping("page\n"u8.ToArray(), "/etc/given")
            .WithWaitStrategy(Wait.ForUnixContainer().UntilHttpRequestIsSucceeded(request => request.ForPath("/page").ForStatusCode(HttpStatusCode.OK)))
            .Build();
        await using (container)
        {
            await container.StartAsync();
            using HttpClient client = new();
            Assert.Equal("page\n", await client.GetStringAsync(new Uri($"http://127.0.0.1:{container.GetMappedPublicPort(80)}/page")));
            ExecResult executed = await container.ExecAsync(["sh", "-c", "echo $COLOUR; exit 3"]);
            Assert.Equal((3L, "blue\n"), (executed.ExitCode, executed.Stdout));
            await container.CopyAsync("given"u8.ToArray(), "/tmp/given");
            Assert.Equal("given", System.Text.Encoding.UTF8.GetString(await container.ReadFileAsync("/tmp/given")));
            Assert.Equal(TestcontainersStates.Running, container.State);
        }

        Assert.Equal("", daemon.Docker("ps", "-aq"));
    }

    [Fact]
    public async Task The_module_for_PostgreSQL_runs_a_query()
    {
        images.Run($"TREE={postgres.Tree}; {MakeDatabase}");
        PostgreSqlContainer container = new PostgreSqlBuilder($"{images.Host}/postgres:15")
            .WithDockerEndpoint(Endpoint)
            .WithCreateParameterModifier(OnlyLoopback)
            .WithCreateParameterModifier(parameters => parameters.HostConfig!.Memory = 1 << 30)
            .Build();
        await using (container)
        {
            await container.StartAsync();
            ExecResult answer = await container.ExecScriptAsync("select 1 as one");
            Assert.True(answer.ExitCode == 0, answer.Stderr);
            Assert.Contains("(1 row)", answer.Stdout, StringComparison.Ordinal);
            Assert.Equal("1\n", Command.Start("chroot", [postgres.Tree, "psql", "-h", "127.0.0.1", "-p", $"{container.GetMappedPublicPort(5432)}", "-U", "postgres", "-Atc", "select 1"]).Wait().OutputText);
        }

        Assert.Equal("", daemon.Docker("ps", "-aq"));
    }

    private static void OnlyLoopback(CreateContainerParameters parameters)
    {
        foreach (PortBinding binding in parameters.HostConfig!.PortBindings!.Values.SelectMany(bindings => bindings))
        {
            binding.HostIP = "127.0.0.1";
        }
    }
}
