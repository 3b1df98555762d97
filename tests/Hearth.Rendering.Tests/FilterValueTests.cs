namespace Hearth.Rendering.Tests;

public sealed class FilterValueTests
{
    [Theory]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    public void A_truth_is_read_as_docker_does(string value, bool expected) => Assert.Equal(expected, FilterValue.ReadTruth("dangling", value));

    [Theory]
    [InlineData("")]
    [InlineData("maybe")]
    [InlineData("True")]
    public void What_is_no_truth_is_refused(string value) =>
        Assert.Equal($"invalid filter 'dangling={value}': give true or false", Assert.Throws<FormatException>(() => FilterValue.ReadTruth("dangling", value)).Message);

    [Fact]
    public void A_networks_type_is_builtin_or_custom()
    {
        Assert.True(FilterValue.ReadNetworkType("builtin"));
        Assert.False(FilterValue.ReadNetworkType("custom"));
        Assert.Equal("invalid filter 'type=nonsense': give builtin or custom", Assert.Throws<FormatException>(() => FilterValue.ReadNetworkType("nonsense")).Message);
    }
}
