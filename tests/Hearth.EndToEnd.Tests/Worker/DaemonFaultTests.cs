using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>What goes wrong on a daemon's host: it says so, loses nothing, and goes on afterwards.</summary>
public sealed class DaemonFaultTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly string image;

    public DaemonFaultTests(ImageRegistry images)
    {
        image = $"{images.Host}/base:one";
        Directory.CreateDirectory(sandbox.StateDirectory);
        Command.Tool("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", sandbox.StateDirectory);
    }

    public void Dispose()
    {
        Command.Unmount(sandbox.StateDirectory);
        sandbox.Dispose();
    }

    [Fact]
    public async Task A_full_disk_fails_what_needs_it_and_nothing_else()
    {
        using Daemon daemon = new(sandbox);
        daemon.Docker("pull", "-q", image);
        daemon.Docker("run", "-d", "--name", "box", image, "sh", "-c", "echo said; sleep 1000");
        Sandbox.WaitUntil(() => daemon.Docker("logs", "box") == "said", "the output, while there is space for it");
        string filler = Path.Combine(sandbox.StateDirectory, "filler");
        Fill(filler);

        foreach (string[] act in (string[][])[["create", "--name", "late", image, "true"], ["run", "--name", "late", image, "true"], ["network", "create", "late"], ["tag", image, "late:1"]])
        {
            CommandResult refused = daemon.RunDocker("", act);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("No space left on device", refused.ErrorText, StringComparison.Ordinal);
        }

        Assert.Equal("box", daemon.Docker("ps", "-a", "--format", "{{.Names}}"));
        Assert.Equal(("said", "here"), (daemon.Docker("logs", "box"), daemon.Docker("exec", "box", "echo", "here")));
        Assert.Equal("", daemon.Docker("volume", "ls", "-q"));
        using (HttpClient client = daemon.Connect())
        {
            Assert.Contains("hearth_containers{state=\"running\"} 1", await client.GetStringAsync(new Uri("metrics", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        daemon.Restart();
        Assert.Equal("running", daemon.Docker("inspect", "-f", "{{.State.Status}}", "box"));
        daemon.Docker("rm", "-f", "box");
        File.Delete(filler);
        Assert.Equal("alive", daemon.Docker("run", "--rm", "--name", "late", image, "echo", "alive"));
    }

    /// <summary>docker's client is too slow to notice that a keeper lives some milliseconds longer than its container.</summary>
    [Fact]
    public async Task What_is_said_to_have_ended_can_be_started_and_removed_at_once()
    {
        using Daemon daemon = new(sandbox);
        daemon.Docker("pull", "-q", image);
        string id = daemon.Docker("create", image, "true");
        using HttpClient client = daemon.Connect();
        for (int i = 0; i < 3; i++)
        {
            await SendAsync(HttpMethod.Post, $"containers/{id}/start");
            await SendAsync(HttpMethod.Post, $"containers/{id}/wait");
        }

        await SendAsync(HttpMethod.Delete, $"containers/{id}");

        async Task SendAsync(HttpMethod method, string path)
        {
            using HttpRequestMessage request = new(method, path);
            using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, $"{method} {path} answered {answer.StatusCode}: {body}");
        }
    }

    /// <summary>Leaves no byte.</summary>
    private static void Fill(string path)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (int size = 1 << 20; size > 0; size /= 2)
        {
            try
            {
                while (true)
                {
                    file.Write(new byte[size]);
                }
            }
            catch (IOException)
            {
                // Smaller pieces may fit.
            }
        }
    }
}
