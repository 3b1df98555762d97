using System.Security.Cryptography;

namespace Hearth.Guest.Protocol.Tests;

public sealed class GuestDataStreamTests
{
    private const int TransferBytes = 100_000_000;

    [Fact]
    public async Task A_hundred_megabytes_each_way_at_once_arrive_unchanged()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);

        byte[][] digests = await Task.WhenAll(
            WriteRandomAsync(host, 1), DigestAsync(guest), WriteRandomAsync(guest, 2), DigestAsync(host));

        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[2], digests[3]);
    }

    private static Task<byte[]> WriteRandomAsync(GuestDataStream stream, int seed) => Task.Run(async () =>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Random random = new(seed);
        byte[] bytes = new byte[100_000];
        for (int written = 0; written < TransferBytes; written += bytes.Length)
        {
            random.NextBytes(bytes);
            hash.AppendData(bytes);
            await stream.WriteAsync(bytes);
        }

        await stream.CompleteAsync();
        return hash.GetHashAndReset();
    });

    private static Task<byte[]> DigestAsync(GuestDataStream stream) => Task.Run(async () => await SHA256.HashDataAsync(stream));
}
