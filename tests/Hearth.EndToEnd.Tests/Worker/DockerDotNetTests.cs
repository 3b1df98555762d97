using Docker.DotNet;
using Docker.DotNet.Models;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>The client library Docker.DotNet (its kept fork, which Testcontainers uses) with hearthd.</summary>
public sealed class DockerDotNetTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly DockerClient client;
    private readonly string host;

    public DockerDotNetTests(ImageRegistry images)
    {
        daemon = new Daemon(sandbox);
        client = new DockerClientBuilder().WithEndpoint(new Uri($"unix://{daemon.Socket}")).Build();
        host = images.Host;
    }

    private string Image => $"{host}/base:one";

    public void Dispose()
    {
        client.Dispose();
        daemon.Dispose();
        sandbox.Dispose();
    }

    [Fact]
    public async Task A_container_is_created_attached_listed_and_removed()
    {
        await PullAsync();
        CreateContainerResponse created = await client.Containers.CreateContainerAsync(new CreateContainerParameters
        {
            Image = Image, Name = "box", OpenStdin = true, StdinOnce = true, AttachStdin = true, AttachStdout = true, AttachStderr = true,
            Cmd = ["sh", "-c", "cat; echo wrong >&2; exit 5"], Labels = new Dictionary<string, string> { ["tier"] = "front" },
        });
        using (MultiplexedStream stream = await client.Containers.AttachContainerAsync(created.ID, new ContainerAttachParameters { Stream = true, Stdin = true, Stdout = true, Stderr = true }))
        {
            Assert.True(await client.Containers.StartContainerAsync(created.ID, new ContainerStartParameters()));
            await stream.WriteAsync("typed\n"u8.ToArray(), 0, 6, CancellationToken.None);
            stream.CloseWrite();
            (string output, string error) = await stream.ReadOutputToEndAsync(CancellationToken.None);
            Assert.Equal(("typed\n", "wrong\n"), (output, error));
        }

        Assert.Equal(5, (await client.Containers.WaitContainerAsync(created.ID)).StatusCode);
        ContainerInspectResponse inspected = await client.Containers.InspectContainerAsync(created.ID);
        Assert.Equal(("/box", 5L, false), (inspected.Name, inspected.State!.ExitCode, inspected.State.Running));
        IList<ContainerListResponse> listed = await client.Containers.ListContainersAsync(new ContainersListParameters
        {
            All = true, Filters = new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { ["tier=front"] = true }, ["status"] = new Dictionary<string, bool> { ["exited"] = true } },
        });
        Assert.Equal([created.ID], listed.Select(container => container.ID));
        using (MultiplexedStream logs = await client.Containers.GetContainerLogsAsync(created.ID, new ContainerLogsParameters { ShowStdout = true, ShowStderr = true }))
        {
            (string output, string error) = await logs.ReadOutputToEndAsync(CancellationToken.None);
            Assert.Equal(("typed\n", "wrong\n"), (output, error));
        }

        await client.Containers.RemoveContainerAsync(created.ID, new ContainerRemoveParameters());
        await Assert.ThrowsAsync<DockerContainerNotFoundException>(() => client.Containers.InspectContainerAsync(created.ID));
    }

    [Fact]
    public async Task A_running_container_gives_executions_statistics_and_events()
    {
        await PullAsync();
        using CancellationTokenSource leaving = new();
        List<string> seen = [];
        Task watching = client.System.MonitorEventsAsync(
            new ContainerEventsParameters { Filters = new Dictionary<string, IDictionary<string, bool>> { ["type"] = new Dictionary<string, bool> { ["container"] = true } } },
            new Collected<Message>(message => { lock (seen) { seen.Add(message.Action); } }), leaving.Token);
        string id = (await client.Containers.CreateContainerAsync(new CreateContainerParameters { Image = Image, Cmd = ["sleep", "1000"], HostConfig = new HostConfig { Memory = 256 << 20 } })).ID;
        await client.Containers.StartContainerAsync(id, new ContainerStartParameters());

        string execution = (await client.Exec.CreateContainerExecAsync(id, new ContainerExecCreateParameters { Cmd = ["sh", "-c", "echo out; echo err >&2; exit 4"], AttachStdout = true, AttachStderr = true })).ID;
        using (MultiplexedStream stream = await client.Exec.StartContainerExecAsync(execution, new ContainerExecStartParameters()))
        {
            (string output, string error) = await stream.ReadOutputToEndAsync(CancellationToken.None);
            Assert.Equal(("out\n", "err\n"), (output, error));
        }

        ContainerExecInspectResponse ended = await client.Exec.InspectContainerExecAsync(execution);
        Assert.Equal((4L, false), (ended.ExitCode!.Value, ended.Running));
        // A process goes on without its client, and its end is known.
        string left = (await client.Exec.CreateContainerExecAsync(id, new ContainerExecCreateParameters { Cmd = ["sh", "-c", "sleep 2; exit 3"], AttachStdout = true })).ID;
        (await client.Exec.StartContainerExecAsync(left, new ContainerExecStartParameters())).Dispose();
        Assert.True(Inspect(left).Running);
        Sandbox.WaitUntil(() => !Inspect(left).Running, "the end of the process");
        Assert.Equal(3L, Inspect(left).ExitCode);
        ContainerStatsResponse? statistics = null;
        await client.Containers.GetContainerStatsAsync(id, new ContainerStatsParameters { Stream = false }, new Collected<ContainerStatsResponse>(each => statistics = each), CancellationToken.None);
        Assert.InRange((long)statistics!.MemoryStats!.Usage!, 1, 256 << 20);
        Assert.True(statistics.CPUStats!.CPUUsage!.TotalUsage > 0);
        await client.Containers.StopContainerAsync(id, new ContainerStopParameters { WaitBeforeKillSeconds = 0 });
        await client.Containers.RemoveContainerAsync(id, new ContainerRemoveParameters { Force = true });

        Sandbox.WaitUntil(() => { lock (seen) { return seen.Contains("destroy"); } }, "the events");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
        lock (seen)
        {
            Assert.Equal(["create", "start", "die", "stop", "destroy"], seen.Where(action => action is "create" or "start" or "die" or "stop" or "destroy"));
        }
    }

    [Fact]
    public async Task Images_are_committed_saved_loaded_pushed_and_counted()
    {
        await PullAsync();
        string id = (await client.Containers.CreateContainerAsync(new CreateContainerParameters { Image = Image, Cmd = ["sh", "-c", "echo more >/tmp/more"] })).ID;
        await client.Containers.StartContainerAsync(id, new ContainerStartParameters());
        await client.Containers.WaitContainerAsync(id);

        CommitContainerChangesResponse made = await client.Images.CommitContainerChangesAsync(new CommitContainerChangesParameters
        {
            ContainerID = id, RepositoryName = $"{host}/made", Tag = "one", Author = "A. Tester", Comment = "with more", Changes = ["ENV COLOUR=red"], Cmd = ["cat", "/tmp/more"], User = "app",
        });
        ImageInspectResponse image = await client.Images.InspectImageAsync($"{host}/made:one");
        Assert.Equal((made.ID, "A. Tester", "app"), (image.ID, image.Author, image.Config!.User));
        Assert.Equal(["cat", "/tmp/more"], image.Config!.Cmd!);
        Assert.Contains("COLOUR=red", image.Config.Env!);

        List<JSONMessage> pushed = [];
        await client.Images.PushImageAsync($"{host}/made", new ImagePushParameters { Tag = "one" }, new AuthConfig(), new Collected<JSONMessage>(pushed.Add));
        Assert.DoesNotContain(pushed, message => message.Error is not null);
        Assert.Contains(pushed, message => message.Status?.StartsWith("one: digest: sha256:", StringComparison.Ordinal) == true);

        string archive = sandbox.PathOf("made.tar");
        await using (FileStream file = File.Create(archive))
        await using (Stream saved = await client.Images.SaveImageAsync($"{host}/made:one"))
        {
            await saved.CopyToAsync(file);
        }

        await client.Images.DeleteImageAsync($"{host}/made:one", new ImageDeleteParameters());
        List<JSONMessage> loaded = [];
        await using (FileStream file = File.OpenRead(archive))
        {
            await client.Images.LoadImageAsync(new ImageLoadParameters { Quiet = true }, file, new Collected<JSONMessage>(loaded.Add));
        }

        Assert.Equal([$"Loaded image: {host}/made:one\n"], loaded.Select(message => message.Stream));
        ContainersPruneResponse pruned = await client.Containers.PruneContainersAsync(
            new ContainersPruneParameters { Filters = new Dictionary<string, IDictionary<string, bool>> { ["until"] = new Dictionary<string, bool> { ["1h"] = true } } });
        Assert.Empty(pruned.ContainersDeleted ?? []);
        await client.Containers.RemoveContainerAsync(id, new ContainerRemoveParameters());
    }

    [Fact]
    public async Task An_image_that_is_not_there_is_reported()
    {
        await Assert.ThrowsAsync<DockerImageNotFoundException>(() => client.Images.InspectImageAsync("missing"));
        DockerApiException refused = await Assert.ThrowsAnyAsync<DockerApiException>(() => client.Images.CreateImageAsync(
            new ImagesCreateParameters { FromImage = $"{host}/missing", Tag = "one" }, new AuthConfig(), new Collected<JSONMessage>(_ => { })));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, refused.StatusCode);
    }

    private Task PullAsync() => client.Images.CreateImageAsync(new ImagesCreateParameters { FromImage = $"{host}/base", Tag = "one" }, new AuthConfig(), new Collected<JSONMessage>(_ => { }));

    private ContainerExecInspectResponse Inspect(string execution) => client.Exec.InspectContainerExecAsync(execution).GetAwaiter().GetResult();

    /// <summary>Calls back at once; <see cref="Progress{T}"/> does later.</summary>
    private sealed class Collected<T>(Action<T> receive) : IProgress<T>
    {
        public void Report(T value) => receive(value);
    }
}
