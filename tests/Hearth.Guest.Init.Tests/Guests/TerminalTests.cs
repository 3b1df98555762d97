using System.Text;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>Processes with a terminal.</summary>
public sealed class TerminalTests(SharedGuest shared) : IClassFixture<SharedGuest>
{
    private TestGuest Guest => shared.Guest;

    [Fact]
    public async Task The_terminal_has_the_size_that_was_asked_for_and_follows_changes()
    {
        TestProcess process = await StartAsync("trap 'stty size' WINCH; stty size; echo up; while :; do sleep 0.01; done");
        Assert.StartsWith("33 111\r\n", await process.ReadUntilAsync("up"));

        await Guest.SendAsync(new ResizeTerminal(process.Id, new WindowSize(90, 40)));
        Assert.Contains("40 90\r\n", await process.ReadUntilAsync("40 90\r\n"));

        await Guest.SendAsync(new SignalProcess(process.Id, 9));
        Assert.Equal(9, (await process.ReadToEndAsync().InTime()).Signal);
    }

    [Fact]
    public async Task All_three_streams_are_the_terminal_and_it_is_the_sessions_own()
    {
        TestProcess process = await StartAsync("[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo terminal; tty; echo controlling >/dev/tty; echo $TERM; echo error >&2");
        ProcessResult result = await process.ReadToEndAsync().InTime();

        Assert.Matches("^terminal\r\n/dev/(pts/[0-9]+|console)\r\ncontrolling\r\nxterm\r\nerror\r\n$", result.OutputText);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task Control_C_interrupts_the_foreground()
    {
        TestProcess process = await StartAsync("trap 'echo interrupted; exit 4' INT; echo up; while :; do sleep 0.01; done");
        await process.ReadUntilAsync("up");

        await process.Input.WriteAsync("\x3"u8.ToArray()).InTime();

        ProcessResult result = await process.ReadToEndAsync().InTime();
        Assert.Contains("interrupted", result.OutputText);
        Assert.Equal(4, result.ExitCode);
    }

    [Fact]
    public async Task What_is_typed_is_echoed_and_the_end_of_the_input_ends_the_file()
    {
        TestProcess process = await StartAsync("echo up; cat; echo end");
        await process.ReadUntilAsync("up\r\n");

        await process.Input.WriteAsync(Encoding.UTF8.GetBytes("grüße\n")).InTime();
        string both = await process.ReadUntilAsync("grüße\r\ngrüße\r\n");
        await process.Input.CompleteAsync().InTime();

        ProcessResult result = await process.ReadToEndAsync().InTime();
        Assert.Equal("grüße\r\ngrüße\r\n", both);
        Assert.Equal("end\r\n", result.OutputText);
    }

    [Fact]
    public async Task Nothing_is_lost_of_a_burst_right_before_the_exit()
    {
        string expected = string.Concat(Enumerable.Range(1, 3000).Select(number => $"{number}\r\n"));
        for (int turn = 0; turn < 20; turn++)
        {
            TestProcess process = await StartAsync("seq 3000");
            ProcessResult result = await process.ReadToEndAsync().InTime();
            Assert.True(expected == result.OutputText, $"try {turn}: {result.Output.Length} of {expected.Length} bytes");
        }
    }

    [Fact]
    public async Task What_is_left_running_on_a_terminal_does_not_hold_up_the_end()
    {
        TestProcess first = await Guest.StartAsync(["sleep", "1000"]);
        await first.Started.InTime();
        TestProcess process = await StartAsync("sleep 1000 & echo up; exit 0");

        ProcessResult result = await process.ReadToEndAsync().InTime();

        Assert.Equal((0, "up\r\n"), (result.ExitCode, result.OutputText));
        await Guest.SendAsync(new SignalProcess(first.Id, 9));
        await first.ReadToEndAsync().InTime();
    }

    private Task<TestProcess> StartAsync(string line) =>
        Guest.StartAsync(["sh", "-c", line], request => request with { Terminal = true, WindowSize = new WindowSize(111, 33) });
}
