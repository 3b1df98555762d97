using System.Text;
using CsCheck;
using Hearth.Linux.Text;

namespace Hearth.Linux.Tests.Text;

/// <summary>Bytes as text: nothing is lost, whatever they are.</summary>
public sealed class ByteTextTests
{
    [Fact]
    public void Any_bytes_come_back_as_they_were() =>
        Gen.Byte.Array[0, 64].Sample(bytes => ByteText.Encode(ByteText.Decode(bytes)).AsSpan().SequenceEqual(bytes));

    [Fact]
    public void Different_bytes_never_become_the_same_text() =>
        Gen.Select(Gen.Byte.Array[0, 6], Gen.Byte.Array[0, 6])
            .Sample((one, other) => one.AsSpan().SequenceEqual(other) == (ByteText.Decode(one) == ByteText.Decode(other)));

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("ünïcödé 🔥 \ufffd")]
    public void Valid_text_is_decoded_as_itself(string text)
    {
        Assert.Equal(text, ByteText.Decode(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(Encoding.UTF8.GetBytes(text), ByteText.Encode(text));
        Assert.Equal(text, ByteText.FromText(text));
    }

    [Fact]
    public void Text_that_is_meant_as_it_is_keeps_characters_of_the_private_range()
    {
        const string Genuine = "a\uf7ffz";
        Assert.Equal(Encoding.UTF8.GetBytes(Genuine), ByteText.Encode(ByteText.FromText(Genuine)));
        Assert.Equal([(byte)'a', 0xff, (byte)'z'], ByteText.Encode(Genuine));
    }

    [Fact]
    public void What_the_runtime_decodes_with_a_loss_is_known()
    {
        Assert.True(ByteText.IsDoubtful(Encoding.UTF8.GetString([(byte)'a', 0xff])));
        Assert.True(ByteText.IsDoubtful("\uf780"));
        Assert.False(ByteText.IsDoubtful("ünïcödé 🔥"));
    }
}
