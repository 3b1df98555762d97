using System.Text;
using Hearth.Machines.Console;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Console;

public sealed class ConsoleLogTests
{
    [Fact]
    public void The_tail_is_the_last_lines_without_control_characters_and_empty_ones()
    {
        using ConsoleLog log = new(null, 1);
        log.Append(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, 20).Select(number => $"\e[1mline {number}\r\n\r\n"))));

        Assert.Equal(12, log.Tail.Count);
        Assert.Equal("[1mline 9", log.Tail[0]);
        Assert.Equal("[1mline 20", log.Tail[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void A_panic_is_found_however_its_bytes_arrive(int pieceBytes)
    {
        const string Line = "[    1.5] Kernel panic - not syncing: VFS: Unable to mount root fs";
        byte[] bytes = Encoding.UTF8.GetBytes($"before\r\n{Line}\r\nafter\r\n");
        using ConsoleLog log = new(null, 1);

        foreach (byte[] piece in bytes.Chunk(pieceBytes))
        {
            log.Append(piece);
        }

        Assert.Equal(Line, log.Panic);
    }

    [Fact]
    public void Waiting_is_for_what_comes_later_and_ends_when_it_is_whole()
    {
        using ConsoleLog log = new(null, 1);
        log.Append("ready"u8);
        Task ready = log.Expect("ready");
        Task other = log.Expect("other");

        log.Append("it is rea"u8);
        Assert.False(ready.IsCompleted);
        log.Append("dy now"u8);

        Assert.True(ready.IsCompletedSuccessfully);
        Assert.False(other.IsCompleted);
    }

    [Theory]
    [InlineData("speed is 1000.", "1000")]
    [InlineData("speed is said to be known, and it is by nobody who was asked at any time; speed is 7.", "7")]
    [InlineData("the speed is speed is 7.", "speed is 7")]
    [InlineData("speed is .", "")]
    public async Task What_stands_between_two_texts_can_be_awaited_however_it_comes_in(string text, string between)
    {
        using ConsoleLog log = new(null, 1);
        Task<string> whole = log.Expect("speed is ", ".");
        log.Append(Encoding.UTF8.GetBytes(text));
        Assert.Equal(between, await whole.WaitAsync(Deadlines.Death));

        Task<string> piecemeal = log.Expect("speed is ", ".");
        Array.ForEach(Encoding.UTF8.GetBytes(text), one => log.Append([one]));
        Assert.Equal(between, await piecemeal.WaitAsync(Deadlines.Death));
    }

    [Fact]
    public void The_file_keeps_the_newest_within_its_limit()
    {
        using TemporaryDirectory directory = new();
        byte[] written = new byte[10_000];
        new Random(1).NextBytes(written);
        using (ConsoleLog log = new(directory["log"], 1000))
        {
            foreach (byte[] piece in written.Chunk(333))
            {
                log.Append(piece);
                Assert.InRange(new FileInfo(directory["log"]).Length, 1, 1000);
            }

            log.Append(written);
        }

        Assert.Equal(written[^1000..], File.ReadAllBytes(directory["log"]));
    }
}
