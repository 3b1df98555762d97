using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>The commands that boot nothing.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void The_version_is_a_number() =>
        Assert.Matches(@"\d+\.\d+\.\d+", sandbox.RunExpecting(0, "--version").OutputText);

    [Theory]
    [InlineData("run")]
    [InlineData("rootfs", "plan")]
    [InlineData("rootfs", "serve")]
    [InlineData("rootfs", "dump")]
    [InlineData("kernel", "import")]
    [InlineData("kernel", "list")]
    [InlineData("doctor")]
    public void Each_command_has_help(params string[] command)
    {
        string help = sandbox.RunExpecting(0, [.. command, "--help"]).OutputText;

        Assert.Contains("Usage", help, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(command[^1], help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--timings")]
    [InlineData("--report=report.json")]
    public void A_report_is_refused_for_a_run_in_the_background(string flag) =>
        Assert.Contains("use them without --detach", sandbox.RunExpecting(125, "run", "-d", flag, "/", "true").ErrorText, StringComparison.Ordinal);

    [Fact]
    public void Kernel_list_names_the_imported_kernel_and_what_it_can_mount()
    {
        JsonElement kernels = JsonDocument.Parse(sandbox.RunExpecting(0, "kernel", "list", "--format", "json").OutputText).RootElement;

        JsonElement kernel = kernels.EnumerateArray().First();
        Assert.Contains("erofs", kernel.GetProperty("fileSystems").EnumerateArray().Select(name => name.GetString()));
    }

    [Fact]
    public void Doctor_finds_a_machine_that_runs_the_tests_in_order()
    {
        CommandResult result = sandbox.RunExpecting(0, "doctor", "--format", "json");

        JsonElement[] checks = [.. JsonDocument.Parse(result.OutputText).RootElement.EnumerateArray()];
        Assert.True(checks.Length > 5);
    }
}
