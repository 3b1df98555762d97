using Hearth.Guest.Protocol.Names;

namespace Hearth.Guest.Protocol.Tests;

public sealed class NameFrameTests
{
    /// <summary>The exact bytes. A change here is a change of the protocol.</summary>
    [Fact]
    public void A_header_has_8_bytes()
    {
        byte[] bytes = new byte[NameFrame.SizeInBytes];
        NameFrame query = new(0x01020304, 0x0506, NameTransport.Stream);
        query.Write(bytes);
        Assert.Equal([4, 3, 2, 1, 6, 5, 2, 0], bytes);
        Assert.Equal(query, NameFrame.ReadQuery(bytes));

        NameFrame answer = new(uint.MaxValue, NameFrame.MaxAnswerBytes, 0);
        answer.Write(bytes);
        Assert.Equal([255, 255, 255, 255, 255, 255, 0, 0], bytes);
        Assert.Equal(answer, NameFrame.ReadAnswer(bytes));
    }

    [Theory]
    [InlineData(11, 1, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(4097, 1, 0)]
    [InlineData(100, 0, 0)]
    [InlineData(100, 3, 0)]
    [InlineData(100, 1, 1)]
    public void What_is_no_query_is_refused(int length, byte transport, byte last)
    {
        byte[] bytes = [1, 0, 0, 0, (byte)length, (byte)(length >> 8), transport, last];
        Assert.Equal(GuestProtocolError.BadFrame, Assert.Throws<GuestProtocolException>(() => NameFrame.ReadQuery(bytes)).Error);
    }

    [Theory]
    [InlineData(11, 0, 0)]
    [InlineData(100, 1, 0)]
    [InlineData(100, 0, 1)]
    public void What_is_no_answer_is_refused(int length, byte transport, byte last)
    {
        byte[] bytes = [1, 0, 0, 0, (byte)length, (byte)(length >> 8), transport, last];
        Assert.Equal(GuestProtocolError.BadFrame, Assert.Throws<GuestProtocolException>(() => NameFrame.ReadAnswer(bytes)).Error);
    }
}
