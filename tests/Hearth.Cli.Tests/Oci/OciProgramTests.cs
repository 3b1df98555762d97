using System.Text.Json;
using Hearth.Containers.Specification;
using Hearth.OciRuntime.Bundles;

namespace Hearth.Cli.Tests.Oci;

/// <summary>The OCI runtime's command line, as far as it needs no container.</summary>
public sealed class OciProgramTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-cli-").FullName;

    [Theory]
    [InlineData("hearth", "oci")]
    [InlineData("hearth-oci")]
    public async Task A_configuration_to_begin_with_is_a_bundles(string program, params string[] command)
    {
        CommandRun run = await CommandRun.OfAsync(program, [.. command, "spec", "-b", directory]);
        Assert.Equal(new CommandRun(0, "", ""), run);

        Directory.CreateDirectory(Path.Combine(directory, "rootfs"));
        Bundle bundle = Bundle.Read(directory, allowSnapshotBinds: false);
        Assert.Empty(bundle.Diagnostics);
        Assert.Empty(bundle.Binds);
        Assert.Equal((true, "sh", "hearth"), (bundle.Spec.Process!.Terminal, bundle.Spec.Process.Args[0], bundle.Spec.Hostname));
        Assert.DoesNotContain("null", File.ReadAllText(Path.Combine(directory, "config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_that_is_there_is_not_replaced()
    {
        File.WriteAllText(Path.Combine(directory, "config.json"), "mine");
        string log = Path.Combine(directory, "log.json");

        CommandRun run = await CommandRun.OfAsync("hearth-oci", "--root", directory, "--log", log, "--log-format", "json", "--rootless", "auto", "--systemd-cgroup", "spec", "--bundle", directory);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("exists. Remove it first", run.Error, StringComparison.Ordinal);
        using JsonDocument line = JsonDocument.Parse(File.ReadAllText(log));
        Assert.Equal("error", line.RootElement.GetProperty("level").GetString());
        Assert.Equal("mine", File.ReadAllText(Path.Combine(directory, "config.json")));
    }

    [Fact]
    public async Task Features_are_a_document_of_the_specification()
    {
        CommandRun run = await CommandRun.OfAsync("hearth-oci", "features");
        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement;
        Assert.Equal(("1.0.0", ContainerSpec.CurrentVersion), (root.GetProperty("ociVersionMin").GetString(), root.GetProperty("ociVersionMax").GetString()));
        Assert.Equal(["hooks", "mountOptions", "linux", "annotations"], root.EnumerateObject().Select(member => member.Name).Skip(2));
        Assert.True(root.GetProperty("linux").GetProperty("cgroup").GetProperty("v1").GetBoolean());
        Assert.False(root.GetProperty("linux").GetProperty("intelRdt").GetProperty("enabled").GetBoolean());
        Assert.Contains("startContainer", root.GetProperty("hooks").EnumerateArray().Select(hook => hook.GetString()));
    }

    [Fact]
    public async Task The_program_tells_its_version_as_engines_ask_for_it()
    {
        CommandRun run = await CommandRun.OfAsync("hearth-oci", "--version");
        Assert.Equal($"hearth-oci version {HearthProgram.Version}\nspec: {ContainerSpec.CurrentVersion}\n", run.Output);
        Assert.Equal(run, await CommandRun.OfAsync("hearth-oci", "-v"));
    }

    [Theory]
    [InlineData("hearth-oci", "unknown flag: --nonsense", "--nonsense", "spec")]
    [InlineData("hearth-oci", "'checkpoint' is not a hearth-oci command", "checkpoint", "box")]
    [InlineData("hearth", "unknown flag: --nonsense", "oci", "spec", "--nonsense")]
    [InlineData("hearth-oci", "must be one of text|json", "--log-format", "xml", "spec")]
    [InlineData("hearth-oci", "unexpected argument 'what'", "spec", "what")]
    public async Task A_wrong_command_line_is_refused_as_engines_read_it(string program, string message, params string[] words)
    {
        CommandRun run = await CommandRun.OfAsync(program, words);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);
}
