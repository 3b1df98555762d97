using System.Security.Cryptography;

namespace Hearth.Guest.Protocol.Tests;

public sealed class DatagramFrameTests
{
    private readonly byte[] buffer = new byte[DatagramFrame.MaxDatagramBytes];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(DatagramFrame.MaxDatagramBytes)]
    public async Task A_datagram_is_read_as_it_was_written(int length)
    {
        byte[] datagram = RandomNumberGenerator.GetBytes(length);
        using MemoryStream stream = new([.. DatagramFrame.Compose(datagram), .. DatagramFrame.Compose([7])]);

        Assert.Equal(length, await DatagramFrame.ReadAsync(stream, buffer, TestContext.Current.CancellationToken));
        Assert.Equal(datagram, buffer[..length]);
        Assert.Equal(1, await DatagramFrame.ReadAsync(stream, buffer, TestContext.Current.CancellationToken));
        Assert.Equal(7, buffer[0]);
        Assert.Equal(-1, await DatagramFrame.ReadAsync(stream, buffer, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0003aabb")]
    public async Task A_stream_that_ends_within_a_datagram_has_lost_it(string hex)
    {
        using MemoryStream stream = new(Convert.FromHexString(hex));
        Assert.Equal(-1, await DatagramFrame.ReadAsync(stream, buffer, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_length_that_no_datagram_has_is_refused()
    {
        using MemoryStream stream = new([0xff, 0xff, 0]);
        await Assert.ThrowsAsync<GuestProtocolException>(async () => await DatagramFrame.ReadAsync(stream, buffer, TestContext.Current.CancellationToken));
    }
}
