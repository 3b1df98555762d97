using Hearth.Cli.Values;

namespace Hearth.Cli.Tests;

public sealed class EnvironmentVariablesTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-env-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Files_come_before_flags_and_the_last_value_counts()
    {
        string file = Write("A=file\nB=file\n");
        Assert.Equal(["PATH=/mine", "A=flag", "B=file", "C=3"], Collect(["PATH=/default"], [file], ["PATH=/mine", "A=flag", "C=1", "C=3"]));
    }

    [Fact]
    public void A_name_without_a_value_takes_the_callers_or_is_left_out() =>
        Assert.Equal(["HOME=/home/caller"], Collect([], [], ["HOME", "UNSET"]));

    [Fact]
    public void A_value_may_hold_anything_and_be_empty() =>
        Assert.Equal(["A=b=c d\n\"e\"", "EMPTY="], Collect([], [], ["A=b=c d\n\"e\"", "EMPTY="]));

    [Fact]
    public void A_file_has_comments_blank_lines_and_values_as_they_stand()
    {
        string file = Write("\uFEFF# comment\r\n\r\n  A=1 # not a comment \r\nB=\"quoted\"\nHOME\nUNSET\n   \t\nC=\n");
        Assert.Equal(["A=1 # not a comment ", "B=\"quoted\"", "HOME=/home/caller", "C="], Collect([], [file], []));
    }

    [Theory]
    [InlineData("A=1\n=2\n", "no variable name on line 2 of")]
    [InlineData("A B=1\n", "variable 'A B' contains whitespaces on line 1 of")]
    public void A_line_that_names_no_variable_is_refused_with_its_place(string content, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => Collect([], [Write(content)], [])).Message, StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        string file = Path.Combine(directory, "binary");
        File.WriteAllBytes(file, [0x41, 0x3D, 0xFF, 0xFE, 0x0A]);
        Assert.Contains($"cannot read the environment file '{file}'", Assert.Throws<FormatException>(() => Collect([], [file], [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        string file = Path.Combine(directory, "missing");
        Assert.Contains(file, Assert.Throws<FormatException>(() => Collect([], [file], [])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("=value")]
    public void A_flag_without_a_name_is_refused(string flag) => Assert.Throws<FormatException>(() => Collect([], [], [flag]));

    private static IReadOnlyList<string> Collect(string[] defaults, string[] files, string[] given) =>
        EnvironmentVariables.Collect(defaults, files, given, name => name == "HOME" ? "/home/caller" : null);

    private string Write(string content)
    {
        string path = Path.Combine(directory, "env");
        File.WriteAllText(path, content);
        return path;
    }
}
