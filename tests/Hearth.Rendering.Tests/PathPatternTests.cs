using System.Text.Json.Serialization;

namespace Hearth.Rendering.Tests;

/// <summary>Patterns and headings are docker's.</summary>
public sealed partial class PathPatternTests
{
    /// <summary>Some of the cases of Go's path.Match.</summary>
    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("*", "abc", true)]
    [InlineData("*c", "abc", true)]
    [InlineData("a*", "ab/c", false)]
    [InlineData("a*/b", "abc/b", true)]
    [InlineData("a*/b", "a/c/b", false)]
    [InlineData("a*b*c*d*e*/f", "axbxcxdxe/f", true)]
    [InlineData("a*b?c*x", "abxbbxdbxebxczzx", true)]
    [InlineData("a*b?c*x", "abxbbxdbxebxczzy", false)]
    [InlineData("ab[c]", "abc", true)]
    [InlineData("ab[b-d]", "abc", true)]
    [InlineData("ab[e-g]", "abc", false)]
    [InlineData("ab[^c]", "abc", false)]
    [InlineData("ab[^e-g]", "abc", true)]
    [InlineData("a\\*b", "a*b", true)]
    [InlineData("a\\*b", "ab", false)]
    [InlineData("a?b", "a/b", false)]
    [InlineData("[\\]a]", "]", true)]
    [InlineData("[\\-x]", "-", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("", "", true)]
    public void Patterns_match_as_in_Go(string pattern, string text, bool matches) => Assert.Equal(matches, PathPattern.Parse(pattern).Matches(text));

    [Theory]
    [InlineData("[]a]")]
    [InlineData("[-]")]
    [InlineData("[x-]")]
    [InlineData("[-x]")]
    [InlineData("[a-b-c]")]
    [InlineData("[")]
    [InlineData("[^")]
    [InlineData("[^bc")]
    [InlineData("a[")]
    [InlineData("a\\")]
    [InlineData("[b-a]")]
    public void What_is_no_pattern_is_refused(string pattern) => Assert.Throws<FormatException>(() => PathPattern.Parse(pattern));

    [Theory]
    [InlineData("table {{.ID}}\t{{.CreatedSince}}", new[] { "REPOSITORY", "TAG", "IMAGE ID" }, "IMAGE ID   CREATED")]
    [InlineData("table {{.ID}}\t{{.CPUPerc}}", new[] { "CONTAINER ID", "NAME" }, "CONTAINER ID   CPU %")]
    [InlineData("table {{.ID}}\t{{.CreatedAt}}", new[] { "IMAGE", "CREATED" }, "IMAGE   CREATED AT")]
    public void Headings_of_a_table_by_a_template_are_dockers(string format, string[] headings, string shown)
    {
        StringWriter output = new();
        RowOutput.Write(output, format, headings, [], _ => [], RowsJson.Default.Row);
        Assert.Equal(shown, output.ToString().TrimEnd());
    }

    internal sealed record Row(string ID, string CreatedSince, string CreatedAt, string CPUPerc);

    [JsonSerializable(typeof(Row))]
    internal sealed partial class RowsJson : JsonSerializerContext;
}
