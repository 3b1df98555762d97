using System.Net;
using CsCheck;
using Hearth.Network.Names;

namespace Hearth.Network.Tests.Names;

public sealed class DnsMessageTests
{
    /// <summary>An answer as a server on the Internet wrote it: a CNAME and an address, both with pointers.</summary>
    private static readonly byte[] answer =
    [
        0xbe, 0xef, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 1,
        3, (byte)'W', (byte)'w', (byte)'w', 7, (byte)'e', (byte)'x', (byte)'a', (byte)'m', (byte)'p', (byte)'l', (byte)'e', 0, 0, 1, 0, 1,
        0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 0, 0, 4, 1, (byte)'a', 0xc0, 16,
        0xc0, 41, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7,
        0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0,
    ];

    [Fact]
    public void An_answer_is_read_with_its_pointers()
    {
        DnsMessage message = Messages.Parse(answer);
        Assert.Equal((0xbeef, true, DnsResponseCode.NoError), (message.Id, message.IsAnswer, message.ResponseCode));
        Assert.Equal(("www.example", DnsType.Address, 1), (message.Name.Text, message.Type, message.Class));
        Assert.Equal(["www.example", "a.example"], message.Answers.Select(record => record.Name.Text));
        Assert.Equal("a.example", message.TargetOf(message.Answers[0])!.Text);
        Assert.Equal(256u, message.Answers[0].TimeToLive);
        Assert.Equal(IPAddress.Parse("192.0.2.7"), message.AddressOf(message.Answers[1]));
        Assert.Equal(1232, message.DatagramLimit);
        Assert.Equal((byte)'W', message.Question[1]);
    }

    [Fact]
    public void A_query_without_edns_allows_512_bytes() => Assert.Equal(512, Messages.Parse(Messages.Query("a", DnsType.Address)).DatagramLimit);

    [Theory]
    [InlineData(0, 512)]
    [InlineData(100, 512)]
    [InlineData(4096, 4096)]
    public void The_limit_of_edns_is_never_less_than_512(int given, int limit) =>
        Assert.Equal(limit, Messages.Parse(Messages.Query("a", DnsType.Address, (ushort)given)).DatagramLimit);

    [Fact]
    public void Every_truncation_of_a_message_is_refused() =>
        Assert.All(Enumerable.Range(0, answer.Length), length => Assert.False(DnsMessage.TryParse(answer.AsMemory(0, length), out _)));

    /// <summary>A pointer to itself, forward, and into a name that leads back to it.</summary>
    [Theory]
    [InlineData(new byte[] { 0xc0, 0x00 })]
    [InlineData(new byte[] { 0xc0, 0x02, 0x00 })]
    [InlineData(new byte[] { 1, (byte)'a', 0xc0, 0x00 })]
    [InlineData(new byte[] { 0x40, 0x00 })]
    [InlineData(new byte[] { 0xc0 })]
    [InlineData(new byte[] { 2, (byte)'a' })]
    [InlineData(new byte[0])]
    public void What_is_no_name_is_refused(byte[] bytes)
    {
        int offset = 0;
        Assert.False(DnsName.TryRead(bytes, ref offset, out _));
    }

    [Fact]
    public void A_name_has_at_most_255_bytes()
    {
        byte[] label = [63, .. Enumerable.Repeat((byte)'a', 63)];
        byte[] longest = [.. label, .. label, .. label, 61, .. Enumerable.Repeat((byte)'b', 61), 0];
        int offset = 0;
        Assert.True(DnsName.TryRead(longest, ref offset, out DnsName? name));
        Assert.Equal((255, 255), (offset, name.Bytes.Length));

        byte[] longer = [.. label, .. label, .. label, 62, .. Enumerable.Repeat((byte)'b', 62), 0];
        offset = 0;
        Assert.False(DnsName.TryRead(longer, ref offset, out _));
    }

    [Fact]
    public void Names_differ_by_their_labels_and_not_by_case()
    {
        int offset = 0;
        Assert.True(DnsName.TryRead("\u0003a.b\u0001C\0"u8, ref offset, out DnsName? dotted));
        Assert.Equal("a\\046b.c", dotted.Text);
        Assert.NotEqual(Messages.Name("a.b.c"), dotted);
        Assert.Equal(Messages.Name("A.b.C"), Messages.Name("a.B.c"));
        Assert.Null(DnsName.TryParse("a..b"));
        Assert.Null(DnsName.TryParse(new string('a', 64)));
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        DnsMessage query = Messages.Parse(Messages.Query("WWW.shop", DnsType.Address, 1400));
        DnsAnswer written = DnsAnswer.To(query, DnsResponseCode.NoError);
        written.Add(query.Name, DnsType.CanonicalName, Messages.Name("web.shop"), 7);
        written.Add(Messages.Name("web.shop"), IPAddress.Parse("10.1.2.3"), uint.MaxValue);
        DnsMessage read = Messages.Parse(written.Finish("a reason", 17));

        Assert.True(read.IsAnswerTo(query));
        Assert.Equal(query.Question.ToArray(), read.Question.ToArray());
        Assert.Equal(Messages.Name("web.shop"), read.TargetOf(read.Answers[0]));
        Assert.Equal((Messages.Name("web.shop"), uint.MaxValue), (read.Answers[1].Name, read.Answers[1].TimeToLive));
        Assert.Equal("10.1.2.3", $"{read.AddressOf(read.Answers[1])}");
        Assert.Equal([0, 15, 0, 10, 0, 17, .. "a reason"u8], read.DataOf(read.Options!).ToArray());
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen.Byte.Array[0, 600].Sample(bytes =>
        {
            ReadAll(bytes);
            return true;
        });

    /// <summary>Bytes of a real message with a few changed, which reach further than random ones.</summary>
    [Fact]
    public void Changed_messages_never_throw() =>
        Gen.Select(Gen.Int[0, answer.Length - 1], Gen.Byte).Array[1, 6].Sample(changes =>
        {
            byte[] bytes = [.. answer];
            foreach ((int at, byte value) in changes)
            {
                bytes[at] = value;
            }

            ReadAll(bytes);
            return true;
        });

    private static void ReadAll(byte[] bytes)
    {
        if (!DnsMessage.TryParse(bytes, out DnsMessage? message))
        {
            return;
        }

        foreach (DnsRecord record in message.Answers)
        {
            _ = message.AddressOf(record);
            _ = message.TargetOf(record);
            Assert.Equal(record.DataLength, message.DataOf(record).Length);
        }

        Messages.Parse(FilteredAnswer.Of(message, message, publicOnly: true).Bytes);
        Messages.Parse(DnsAnswer.Truncate(message, bytes));
        Assert.True(Messages.Parse(DnsAnswer.ComposeQuery(message, 77)) is { Id: 77, IsAnswer: false });
    }
}
