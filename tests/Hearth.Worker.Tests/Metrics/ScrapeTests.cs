using System.Diagnostics;
using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Records.Starts;
using Hearth.Rendering.Metrics;
using Hearth.Worker.Metrics;

namespace Hearth.Worker.Tests.Metrics;

/// <summary>A scrape of many containers. This process answers on the sockets of their keepers.</summary>
public sealed class ScrapeTests : IDisposable
{
    private const int Most = 200;

    private readonly string root = Directory.CreateTempSubdirectory("hearth-scrape-").FullName;
    private readonly Engine engine;
    private readonly RunTotals totals = new();
    private readonly RunFollowing runs;
    private readonly List<Socket> listeners = [];

    /// <summary>The process of all keepers: it reads and writes when the test wants it.</summary>
    private readonly Process keeper = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    private int questions;
    private long bytesRead = 10;

    public ScrapeTests()
    {
        engine = EngineSupport.Make(root);
        runs = new RunFollowing(engine, totals);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        listeners.ForEach(listener => listener.Dispose());
        keeper.Kill();
        keeper.WaitForExit();
        keeper.Dispose();
        engine.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Two_hundred_containers_are_read_and_only_keepers_that_have_worked_are_asked()
    {
        for (int i = 0; i < Most; i++)
        {
            Keep($"box-{i}", answers: true);
        }

        MetricsCollector collector = new(engine, totals, runs);
        IReadOnlyList<MetricFamily> first = await collector.CollectAsync(hasContainers: true, Cancelled);
        Assert.Equal(Most, first.Single(family => family.Metric == MetricList.Containers).Samples.Single(sample => sample.LabelValues[0] == "running").Value);
        Assert.Equal(Most, first.Single(family => family.Metric == MetricList.ContainerMemory).Samples.Count);
        Assert.Equal(Most, questions);
        Assert.Equal(10 * Most, ValueOf(first, MetricList.RootRead));

        bytesRead = 15;
        await MeasureAsync(collector);
        IReadOnlyList<MetricFamily> idle = await MeasureAsync(collector);
        Assert.Equal((Most, 10 * Most), (questions, ValueOf(idle, MetricList.RootRead)));
        Assert.DoesNotContain(idle, family => family.Metric == MetricList.ContainerMemory);

        await keeper.StandardInput.WriteLineAsync("work");
        Assert.Equal("work", await keeper.StandardOutput.ReadLineAsync(Cancelled));
        IReadOnlyList<MetricFamily> busy = await MeasureAsync(collector);
        Assert.Equal((2 * Most, 15 * Most), (questions, ValueOf(busy, MetricList.RootRead)));
    }

    [Fact]
    public async Task A_keeper_that_does_not_answer_delays_a_scrape_only_until_its_deadline_and_is_counted()
    {
        Keep("good", answers: true);
        Keep("silent", answers: false);

        IReadOnlyList<MetricFamily> read = await new MetricsCollector(engine, totals, runs).CollectAsync(hasContainers: false, Cancelled);

        Assert.Equal((1, 10), (ValueOf(read, MetricList.SilentKeepers), ValueOf(read, MetricList.RootRead)));
    }

    private async Task<IReadOnlyList<MetricFamily>> MeasureAsync(MetricsCollector collector)
    {
        int before = questions;
        long began = Stopwatch.GetTimestamp();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        IReadOnlyList<MetricFamily> read = await collector.CollectAsync(hasContainers: false, Cancelled);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"a scrape took {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0.0} ms and {(Environment.CpuUsage.TotalTime - used).TotalMilliseconds:0.0} ms of processors with {questions - before} questions");
        return read;
    }

    private static double ValueOf(IReadOnlyList<MetricFamily> families, Metric metric) => families.Single(family => family.Metric == metric).Samples.Single().Value;

    private RunReport Report() => new()
    {
        ExitCode = 0,
        Phases = [new Phase(PhaseNames.Process, 0, 10)],
        Rootfs = new RootfsReport
        {
            Mode = "lazy", Format = "erofs", Nodes = 1, Files = 1, ContentBytes = 100, MetadataBytes = 1, ImageBytes = 1, Reads = 1, BytesRead = Volatile.Read(ref bytesRead), FilesRead = 1, SourceFaults = 0,
        },
    };

    /// <summary>Makes the record of a container that this process keeps, and listens as its keeper.</summary>
    private void Keep(string name, bool answers)
    {
        Container container = engine.Containers.Store.Create(new ContainerDescription { Name = name, Spec = new() { Root = new() { Path = "/" }, Process = new() { Args = ["true"] } } });
        engine.Containers.Store.WriteState(container.Id, new ContainerState { Status = ContainerStatus.Running, Keeper = ProcessIdentity.Read(keeper.Id), Boot = HostBoot.Current, Starts = 1 });
        string directory = Path.Combine(engine.Options.Directories.Containers, container.Id);
        Directory.CreateDirectory(directory);
        Socket listener = ControlSocket.Listen(directory);
        listeners.Add(listener);
        if (answers)
        {
            _ = AnswerAsync(listener);
        }

        runs.Count(new StartRecord(container.Id, name, "/", engine.Clock.GetUtcNow(), engine.Clock.GetUtcNow(), StartStage.Started, Report() with { Rootfs = null }), isNew: true);
    }

    private async Task AnswerAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                using ControlConnection connection = new(await listener.AcceptAsync(Cancelled));
                Assert.IsType<ReportRequest>(await connection.ReceiveMessageAsync(Cancelled));
                Interlocked.Increment(ref questions);
                await connection.SendAsync(new ReportReply(Report()), Cancelled);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException or OperationCanceledException)
            {
                return;
            }
        }
    }
}
