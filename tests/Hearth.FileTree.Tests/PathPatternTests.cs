using System.Text;

namespace Hearth.FileTree.Tests;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a", "a/b", false)]
    [InlineData("a/b", "a", false)]
    [InlineData("/a//b/", "a/b", true)]
    [InlineData("*", "abc", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("*/*", "a/b", true)]
    [InlineData("a*c", "abbc", true)]
    [InlineData("a*c", "ac", true)]
    [InlineData("a*c", "abcd", false)]
    [InlineData("*a*b*", "xxaxbxb", true)]
    [InlineData("*ab", "aab", true)]
    [InlineData("?", "a", true)]
    [InlineData("?", "", false)]
    [InlineData("??", "a", false)]
    [InlineData("**", "a/b/c", true)]
    [InlineData("**", "", true)]
    [InlineData("**/c", "c", true)]
    [InlineData("**/c", "a/b/c", true)]
    [InlineData("**/c", "a/b/cc", false)]
    [InlineData("a/**", "a", true)]
    [InlineData("a/**/d", "a/d", true)]
    [InlineData("a/**/d", "a/b/c/d", true)]
    [InlineData("a/**/d", "a/b/c", false)]
    [InlineData("**/b/**/d", "a/b/b/c/d", true)]
    [InlineData("a**", "a/b", false)]
    [InlineData("a**", "abc", true)]
    [InlineData("[a]", "a", false)]
    [InlineData("[a]", "[a]", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    public void Paths_match_whole(string pattern, string path, bool matches) =>
        Assert.Equal(matches, new PathPattern(pattern).Matches(Encoding.UTF8.GetBytes(path)));

    [Theory]
    [InlineData("a/b", "a", true)]
    [InlineData("a/b", "b", false)]
    [InlineData("a/b", "a/b", false)]
    [InlineData("a/b", "a/b/c", false)]
    [InlineData("**/z", "a/b/c", true)]
    [InlineData("a/*/c", "a/x", true)]
    [InlineData("a/*/c", "b/x", false)]
    [InlineData("a", "", true)]
    public void Directories_that_could_lead_to_a_match_are_known(string pattern, string path, bool may) =>
        Assert.Equal(may, new PathPattern(pattern).MayMatchBeneath(Encoding.UTF8.GetBytes(path)));

    [Fact]
    public void A_question_mark_stands_for_one_byte_of_any_value()
    {
        Assert.True(new PathPattern("?").Matches([0xFF]));
        Assert.False(new PathPattern("?").Matches("\u00e9"u8));
        Assert.True(new PathPattern("\u00e9").Matches("\u00e9"u8));
    }

    [Fact]
    public void Many_stars_take_no_exponential_time() =>
        Assert.False(new PathPattern(string.Concat(Enumerable.Repeat("*a", 40)) + "b").Matches(Encoding.ASCII.GetBytes(new string('a', 255))));
}
