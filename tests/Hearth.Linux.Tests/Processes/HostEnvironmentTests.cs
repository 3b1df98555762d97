using System.Collections;
using Hearth.Linux.Processes;

namespace Hearth.Linux.Tests.Processes;

public sealed class HostEnvironmentTests : IDisposable
{
    private readonly string place = Directory.CreateTempSubdirectory("hearth-environment-").FullName;

    [Fact]
    public void Variables_are_found_by_name_and_listed_for_a_program()
    {
        HostEnvironment environment = OwnArguments.ReadEnvironment(new Hashtable { ["A"] = "1=2", ["B"] = "" });

        Assert.Equal(("1=2", "", null), (environment.Find("A"), environment.Find("B"), environment.Find("C")));
        Assert.Equal(["A=1=2", "B="], environment.Lines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_program_is_found_in_the_path_first_and_then_in_the_systems_directories()
    {
        string own = Write("sh", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Write("cat", UnixFileMode.UserRead);
        HostEnvironment environment = new(new Dictionary<string, string> { ["PATH"] = $":/nowhere:{place}" });

        Assert.Equal(own, environment.FindProgram("sh"));
        Assert.Equal("/usr/bin/cat", environment.FindProgram("cat"));
        Assert.Equal("/usr/bin/sh", HostEnvironment.Empty.FindProgram("sh"));
        Assert.Equal(own, HostEnvironment.Empty.FindProgram($"{place}/../{Path.GetFileName(place)}/sh"));
        Assert.Null(environment.FindProgram("no-such-program"));
        Assert.Null(environment.FindProgram(Path.Combine(place, "cat")));
    }

    [Theory]
    [InlineData("no-such-program", "is not in PATH")]
    [InlineData("/etc", "is a directory")]
    [InlineData("/etc/passwd", "cannot be executed: its mode does not allow it (chmod +x)")]
    [InlineData("/nonexistent/program", "does not exist")]
    public void A_program_that_is_not_found_has_a_reason(string program, string reason) => Assert.Equal(reason, HostEnvironment.FaultOf(program));

    [Fact]
    public void A_value_that_the_runtime_could_not_decode_is_read_from_the_kernel()
    {
        // The replacement character is what the runtime makes of such bytes; the kernel still has those.
        HostEnvironment environment = OwnArguments.ReadEnvironment(new Hashtable { ["PATH"] = "\ufffd", ["OTHER"] = "kept" });

        Assert.Equal((Environment.GetEnvironmentVariable("PATH"), "kept"), (environment.Find("PATH"), environment.Find("OTHER")));
    }

    public void Dispose() => Directory.Delete(place, recursive: true);

    private string Write(string name, UnixFileMode mode)
    {
        string path = Path.Combine(place, name);
        File.WriteAllText(path, "");
        File.SetUnixFileMode(path, mode);
        return path;
    }
}
