using System.Text;
using Hearth.Client.Attachment;

namespace Hearth.Client.Tests;

public sealed class DetachKeysTests
{
    [Theory]
    [InlineData("ctrl-p,ctrl-q", "ab", "ab", false)]
    [InlineData("ctrl-p,ctrl-q", "\u0010\u0011", "", true)]
    [InlineData("ctrl-p,ctrl-q", "ab\u0010\u0011cd", "ab", true)]
    [InlineData("ctrl-p,ctrl-q", "\u0010x", "\u0010x", false)]
    [InlineData("ctrl-p,ctrl-q", "\u0010\u0010\u0011", "\u0010", true)]
    [InlineData("ctrl-p,ctrl-q", "\u0010", "", false)]
    [InlineData("", "\u0010\u0011", "\u0010\u0011", false)]
    [InlineData("a", "xa", "x", true)]
    [InlineData("ctrl-[,ctrl-@", "\u001b\u0000", "", true)]
    public void The_sequence_is_taken_out_of_what_is_typed_at_once_and_key_by_key(string keys, string typed, string passed, bool isComplete)
    {
        Assert.Equal((passed, isComplete), Filter(DetachKeys.Parse(keys), [typed]));
        Assert.Equal((passed, isComplete), Filter(DetachKeys.Parse(keys), typed.Select(key => $"{key}")));
    }

    [Theory]
    [InlineData("ctrl-")]
    [InlineData("ctrl-1")]
    [InlineData("ab")]
    [InlineData("a,,b")]
    public void Other_words_are_no_keys(string text) => Assert.Throws<FormatException>(() => DetachKeys.Parse(text));

    private static (string Passed, bool IsComplete) Filter(DetachKeys keys, IEnumerable<string> parts)
    {
        StringBuilder passed = new();
        foreach (string part in parts)
        {
            passed.Append(Encoding.Latin1.GetString(keys.Filter(Encoding.Latin1.GetBytes(part), out bool isComplete).Span));
            if (isComplete)
            {
                return (passed.ToString(), true);
            }
        }

        return (passed.ToString(), false);
    }
}
