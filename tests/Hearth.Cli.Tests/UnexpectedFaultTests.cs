using Hearth.Cli.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.Cli.Tests;

/// <summary>An exception that nothing expects: one line, an exit code, and a file with the details.</summary>
public sealed class UnexpectedFaultTests : IDisposable
{
    private readonly string state = Directory.CreateTempSubdirectory("hearth-cli-").FullName;

    public void Dispose() => Directory.Delete(state, recursive: true);

    [Theory]
    [InlineData("hearth", 125, "doctor")]
    [InlineData("hearth", 125, "rootfs", "plan", "/proc/self/fdinfo")]
    [InlineData("hearth", 125, "ps")]
    [InlineData("hearth-oci", 1, "features")]
    public async Task It_is_one_line_and_a_file(string program, int expected, params string[] words)
    {
        (int exitCode, string error) = await FailAsync(program, new InvalidOperationException("The secret\nplan failed."), words);

        Assert.Equal(expected, exitCode);
        string line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("unexpected InvalidOperationException: The secret plan failed; ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", line, StringComparison.Ordinal);
        string file = Assert.Single(Directory.GetFiles(Path.Combine(state, "crash")));
        Assert.Contains(file, line, StringComparison.Ordinal);
        Assert.Contains("   at Hearth.", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Where_the_state_directory_cannot_be_written_the_file_is_in_the_temporary_one()
    {
        File.WriteAllText(Path.Combine(state, "crash"), "in the way");
        (_, string error) = await FailAsync("hearth", new InvalidOperationException("no"), "ps");

        string file = error[(error.IndexOf('\'', error.IndexOf("details", StringComparison.Ordinal)) + 1)..error.LastIndexOf('\'')];
        Assert.StartsWith(Path.GetTempPath(), file, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public async Task Old_files_make_room()
    {
        for (int i = 0; i < 40; i++)
        {
            await FailAsync("hearth", new InvalidOperationException("no"), new FixedClock(DateTimeOffset.UnixEpoch.AddSeconds(i)), "ps");
        }

        string[] files = Directory.GetFiles(Path.Combine(state, "crash"));
        Assert.Equal(32, files.Length);
        Assert.Contains(files, file => file.Contains("19700101T000039", StringComparison.Ordinal));
    }

    /// <summary>Whoever reads the output may go, and a disk may be full: that is no fault of the program's.</summary>
    [Fact]
    public async Task Output_that_nobody_takes_is_told_without_a_file()
    {
        (int exitCode, string error) = await FailAsync("hearth", new IOException("Broken pipe"), "ps");

        Assert.Equal((1, "hearth: cannot complete the command: Broken pipe\n"), (exitCode, error));
        Assert.False(Directory.Exists(Path.Combine(state, "crash")));
    }

    private Task<(int ExitCode, string Error)> FailAsync(string program, Exception failure, params string[] words) =>
        FailAsync(program, failure, new FixedClock(), words);

    private async Task<(int ExitCode, string Error)> FailAsync(string program, Exception failure, TimeProvider clock, params string[] words)
    {
        using StringWriter error = new();
        var context = new CommandContext
        {
            Output = new FailingWriter(failure),
            Error = error,
            Environment = new HostEnvironment(new Dictionary<string, string> { ["HEARTH_STATE_DIR"] = state, ["HEARTH_RUN_DIR"] = state }),
            Clock = clock,
            StartTimestamp = 0,
        };
        int exitCode = await new HearthProgram(context, program).RunAsync(words, TestContext.Current.CancellationToken);
        return (exitCode, error.ToString());
    }
}
