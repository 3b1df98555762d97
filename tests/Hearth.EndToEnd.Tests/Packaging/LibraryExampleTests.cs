using System.Text;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Firecracker.Tests.Support;
using Hearth.Linux.Processes;
using Hearth.Records.Logs;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>The client library's example: it runs, and the pages show what is here.</summary>
public sealed class LibraryExampleTests : IDisposable
{
    private const string Source = "tests/Hearth.EndToEnd.Tests/Packaging/LibraryExampleTests.cs";

    private readonly Sandbox sandbox = new();
    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("src/Hearth.Client/README.md")]
    [InlineData("docs/library.md")]
    public void The_page_shows_what_is_run_here(string page) => Checkout.RequireExample(page, Source);

    [Fact]
    public async Task The_example_runs()
    {
        string root = BusyboxTree.Make(sandbox), program = Programs.Hearth;
        HearthDirectories directories = new(sandbox.StateDirectory, sandbox.RunDirectory);
        HostEnvironment environment = new(new Dictionary<string, string> { ["HEARTH_CGROUP_PARENT"] = sandbox.GroupName });
        await using StringWriter output = new();

        // <example>
        ContainerService service = new(directories, TimeProvider.System, new KeeperLauncher(environment, program));
        service.Reconcile();
        Container greeter = service.Create(new ContainerDescription
        {
            Name = "greeter",
            Spec = new ContainerSpec { Root = new RootSpec { Path = root }, Process = new ProcessSpec { Args = ["/bin/echo", "hello"] } },
        });
        foreach (Container container in service.Store.List())
        {
            output.WriteLine($"{container.Name} is {container.State.Status}");
        }

        await service.StartAsync(greeter.Id, diagnostic => output.WriteLine(diagnostic.Text), new StartTiming(TimeProvider.System.GetTimestamp()), cancellationToken);
        Task<int> ended = service.WaitAsync(greeter.Id, cancellationToken);
        await foreach (LogRecord line in new LogReader(TimeProvider.System).ReadAsync(greeter.RecordDirectory, new LogQuery { Follow = true, Ended = ended }, cancellationToken))
        {
            output.WriteLine(Encoding.UTF8.GetString(line.Content.Span));
        }

        output.WriteLine($"It ended with {await ended}.");
        await service.RemoveAsync(greeter.Id, force: false, cancellationToken: cancellationToken);
        // </example>

        Assert.Equal("greeter is Created\nhello\nIt ended with 0.\n", output.ToString());
    }
}
