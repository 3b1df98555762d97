namespace Hearth.Containers.Tests;

public sealed class HearthDirectoriesTests
{
    [Theory]
    [InlineData("/given", "/environment", "/given")]
    [InlineData(null, "/environment", "/environment")]
    [InlineData("", "/environment", "/environment")]
    [InlineData(null, "", "/var/lib/hearth")]
    [InlineData(null, null, "/var/lib/hearth")]
    public void A_flag_wins_over_the_environment_and_that_over_the_default(string? given, string? environment, string expected) =>
        Assert.Equal(expected, HearthDirectories.Resolve(given, null, name => name == "HEARTH_STATE_DIR" ? environment : null).State);

    [Fact]
    public void State_and_run_are_apart()
    {
        HearthDirectories directories = HearthDirectories.Resolve("/s", null, name => name == "HEARTH_RUN_DIR" ? "/r" : null);
        Assert.Equal(
            ("/r/containers", "/s/kernels", "/s/scratch"),
            (directories.Containers, directories.Kernels, directories.Scratch));
        Assert.Equal("/run/hearth", HearthDirectories.Resolve("/s", null, _ => null).Run);
    }

    [Fact]
    public void Relative_paths_are_made_absolute() =>
        Assert.Equal(Path.Combine(Environment.CurrentDirectory, "there"), HearthDirectories.Resolve("some/../there", null, _ => null).State);
}
