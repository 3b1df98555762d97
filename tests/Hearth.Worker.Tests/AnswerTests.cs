using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;
using Hearth.Rendering;
using Hearth.Worker.Docker;
using Hearth.Worker.Docker.Containers;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Tests;

/// <summary>Queries, frames and statuses in docker's forms.</summary>
public sealed class AnswerTests
{
    [Theory]
    [InlineData("?x=1", true)]
    [InlineData("?x=true", true)]
    [InlineData("?x=anything", true)]
    [InlineData("?x=0", false)]
    [InlineData("?x=False", false)]
    [InlineData("?x=", false)]
    [InlineData("", false)]
    public void A_switch_is_read_as_docker_does(string query, bool expected) => Assert.Equal(expected, Answers.Switch(Context(query), "x"));

    [Theory]
    [InlineData("""{"label":["a=1","b"],"status":["exited"]}""", "label=a=1 label=b status=exited")]
    [InlineData("""{"label":{"a=1":true,"b":false}}""", "label=a=1")]
    [InlineData("{}", "")]
    public void Filters_are_lists_or_objects(string json, string expected) =>
        Assert.Equal(expected, string.Join(' ', Answers.Filters(Context($"?filters={Uri.EscapeDataString(json)}"))));

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"label":"a"}""")]
    [InlineData("""{"label":[1]}""")]
    [InlineData("{")]
    public void Other_filters_are_refused(string json) =>
        Assert.Equal(400, Assert.Throws<ApiException>(() => Answers.Filters(Context($"?filters={Uri.EscapeDataString(json)}"))).Status);

    [Theory]
    [InlineData("1795554460", "2026-11-24T21:07:40.0000000Z")]
    [InlineData("1795554460.5", "2026-11-24T21:07:40.5000000Z")]
    [InlineData("2026-11-24T21:07:40Z", "2026-11-24T21:07:40.0000000Z")]
    [InlineData("0", "0001-01-01T00:00:00Z")]
    public void Times_are_seconds_or_dates(string text, string expected) => Assert.Equal(expected, ContainerView.Time(Moments.Read(Context($"?since={text}"), "since")));

    [Theory]
    [InlineData("yesterday")]
    [InlineData("1e9")]
    [InlineData("99999999999999999999")]
    public void Other_times_are_refused(string text) => Assert.Equal(400, Assert.Throws<ApiException>(() => Moments.Read(Context($"?since={text}"), "since")).Status);

    [Fact]
    public void A_frame_has_its_stream_and_its_length_before_the_bytes() =>
        Assert.Equal([2, 0, 0, 0, 0, 0, 0, 3, (byte)'a', (byte)'b', (byte)'c'], Frames.Make("abc"u8, FrameStream.Error));

    [Theory]
    [InlineData(0x81A4u, 0x1A4u)]
    [InlineData(0x41EDu, 0x800001EDu)]
    [InlineData(0xA1FFu, 0x80001FFu)]
    [InlineData(0x89EDu, 0x8001EDu)]
    [InlineData(0x43FFu, 0x801001FFu)]
    [InlineData(0x21B6u, 0x42001B6u)]
    public void A_mode_has_gos_bits(uint mode, uint expected) => Assert.Equal(expected, PathAnswer.Of(new PathStatus
    {
        Name = "x", Mode = mode, SizeInBytes = 0, UserId = 0, GroupId = 0, ModifiedUnixNanoseconds = 0,
    }).Mode);

    private static DefaultHttpContext Context(string query) => new() { Request = { QueryString = new QueryString(query) } };
}
