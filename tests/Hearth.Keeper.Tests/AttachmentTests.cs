using Hearth.Containers;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Hearth.Linux.Terminals;
using Hearth.Records.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Keeper.Tests;

/// <summary>The caller's terminal, signals and descriptors.</summary>
public sealed class AttachmentTests
{
    [Fact]
    public void A_terminal_is_raw_while_it_is_attached_and_as_before_then()
    {
        using SafeFileHandle master = PseudoTerminals.Create("/dev/ptmx", out int number);
        using SafeFileHandle terminal = PseudoTerminals.Open($"/dev/pts/{number}");
        string before = Describe(number);
        using (TerminalAttachment.Attach(terminal))
        {
            Assert.Contains("-icanon", Describe(number), StringComparison.Ordinal);
            Assert.Contains("-echo ", Describe(number), StringComparison.Ordinal);
        }

        Assert.Equal(before, Describe(number));
    }

    [Fact]
    public void A_terminal_has_a_size_once_somebody_gave_it_one()
    {
        using SafeFileHandle master = PseudoTerminals.Create("/dev/ptmx", out int number);
        using SafeFileHandle terminal = PseudoTerminals.Open($"/dev/pts/{number}");
        Assert.Null(TerminalAttachment.SizeOf(terminal));
        PseudoTerminals.Resize(master, new TerminalSize(24, 80));
        Assert.Equal(new WindowSize(80, 24), TerminalAttachment.SizeOf(terminal));
    }

    [Fact]
    public void What_is_no_terminal_has_no_size_and_cannot_be_attached()
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Assert.False(TerminalAttachment.IsTerminal(file));
        Assert.Null(TerminalAttachment.SizeOf(file));
        Assert.Equal(HearthError.InvalidRequest, Assert.Throws<HearthException>(() => TerminalAttachment.Attach(file)).Error);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(12)]
    [InlineData(15)]
    public async Task Signals_are_handed_on_and_end_nothing_here(int signal)
    {
        var seen = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var relay = new SignalRelay(number => seen.TrySetResult(number), () => { });
        Assert.True(Signals.Send(Environment.ProcessId, signal));
        Assert.Equal(signal, await seen.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_new_size_of_the_terminal_is_told()
    {
        var resized = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var relay = new SignalRelay(_ => { }, () => resized.TrySetResult());
        Assert.True(Signals.Send(Environment.ProcessId, SignalNumber.WindowChange));
        await resized.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Two_streams_on_one_open_file_keep_their_order()
    {
        using var place = new Workplace();
        string path = place.Write("log", "");
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Append, FileAccess.Write))
        {
            using var output = new DescriptorStream(file, FileAccess.Write);
            using var error = new DescriptorStream(file, FileAccess.Write);
            for (int i = 0; i < 3; i++)
            {
                output.Write("out "u8);
                error.Write("err "u8);
            }

            Assert.Equal((false, true, false), (output.CanRead, output.CanWrite, output.CanSeek));
        }

        using SafeFileHandle written = File.OpenHandle(path);
        using var reading = new StreamReader(new DescriptorStream(written, FileAccess.Read));
        Assert.Equal("out err out err out err ", reading.ReadToEnd());
    }

    /// <summary>All of a terminal's settings.</summary>
    private static string Describe(int number) => Command.Try("stty", ["-F", $"/dev/pts/{number}", "-a"]).Text;
}
