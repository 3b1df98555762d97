using Hearth.Worker.Docker;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Tests;

/// <summary>docker's filters of prunes.</summary>
public sealed class PruneFilterTests
{
    private static readonly DateTimeOffset created = new(2026, 11, 24, 21, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{"until": ["2026-11-24T22:00:00Z"]}""", true)]
    [InlineData("""{"until": ["2026-11-24T20:00:00Z"]}""", false)]
    [InlineData("""{"until": {"1795600000": true}}""", true)]
    [InlineData("""{"label": ["tier=front"]}""", true)]
    [InlineData("""{"label": ["tier=front", "other"]}""", false)]
    [InlineData("""{"label!": ["tier=back"]}""", true)]
    [InlineData("""{"label!": ["tier"]}""", false)]
    public void All_filters_must_match(string filters, bool matches) =>
        Assert.Equal(matches, PruneFilter.Read(Context(filters), TimeProvider.System).Matches(created, new Dictionary<string, string> { ["tier"] = "front" }));

    [Theory]
    [InlineData("""{"until": ["never"]}""", "invalid filter 'until=never'")]
    [InlineData("""{"colour": ["red"]}""", "there are all, until, label and label!")]
    public void Others_are_refused(string filters, string words) =>
        Assert.Contains(words, Assert.Throws<ApiException>(() => PruneFilter.Read(Context(filters), TimeProvider.System, "all")).Message, StringComparison.Ordinal);

    private static DefaultHttpContext Context(string filters) => new() { Request = { QueryString = new QueryString($"?filters={Uri.EscapeDataString(filters)}") } };
}
