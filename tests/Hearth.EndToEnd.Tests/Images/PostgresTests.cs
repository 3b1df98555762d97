using System.Text.Json;
using Hearth.Distribution.Tests.Support;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>PostgreSQL as Debian has it, from an image that is fetched while it runs.</summary>
public sealed class PostgresTests(ImageRegistry images, PostgresRoot postgres) : IClassFixture<ImageRegistry>, IClassFixture<PostgresRoot>, IAsyncDisposable
{
    private const int Port = 25432;

    private const string MakeImage = """
        echo 'host all all all trust' >hba
        umoci new --image images:postgres
        umoci insert --image images:postgres $TREE /
        umoci insert --image images:postgres hba /etc/postgresql/15/main/pg_hba.conf
        umoci config --image images:postgres --config.user postgres --config.exposedports 5432/tcp \
            --config.entrypoint /usr/lib/postgresql/15/bin/postgres --config.cmd=-D --config.cmd=/etc/postgresql/15/main \
            --config.cmd=-c --config.cmd='listen_addresses=*' --config.cmd=-c --config.cmd=unix_socket_directories=
        skopeo copy --quiet --dest-tls-verify=false oci:images:postgres docker://$HOST/postgres:15
        """;

    private readonly Sandbox sandbox = new();
    private readonly FaultProxy proxy = new(images.Registry.Port);

    private string Image => $"{proxy.Host}/postgres:15";

    public async ValueTask DisposeAsync()
    {
        await proxy.DisposeAsync();
        sandbox.Dispose();
    }

    [Fact]
    public void It_answers_a_query_through_a_published_port_before_its_image_is_there()
    {
        images.Run($"TREE={postgres.Tree}; {MakeImage}");
        using (Sandbox publisher = new())
        {
            publisher.Hearth("pull", "-q", Image);
            publisher.Hearth("image", "index", "--push", Image);
        }

        proxy.Clear();
        string report = sandbox.PathOf("report.json");
        using Command run = sandbox.StartKeeping(
            "run", "--name", "database", "--memory", "1g", "--lazy", "always", "--background-fetch=false", "--report", report,
            "--network", "host-forward", "-p", $"127.0.0.1:{Port}:5432", Image);
        Sandbox.WaitUntil(() => Ask("select 6*7") == "42\n", "the answer of PostgreSQL", TimeSpan.FromSeconds(120));

        Assert.Equal("100000\n", Ask("create table numbers as select generate_series(1, 100000) as n; select count(*) from numbers").Replace("SELECT 100000\n", "", StringComparison.Ordinal));
        Assert.Contains("database system is ready to accept connections", sandbox.Run("logs", "database").ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("stop", "database");
        Assert.Equal(0, run.Wait().ExitCode);
        long missing = JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("rootfs").GetProperty("image").GetProperty("missingBytes").GetInt64();
        Assert.InRange(proxy.SentBytes, 1, missing);
        sandbox.Hearth("rm", "database");
    }

    private string Ask(string query) =>
        Command.Start("chroot", [postgres.Tree, "psql", "-h", "127.0.0.1", "-p", $"{Port}", "-U", "postgres", "-Atc", query]).Wait().OutputText;
}
