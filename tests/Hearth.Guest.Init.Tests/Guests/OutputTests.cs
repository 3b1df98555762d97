using System.Security.Cryptography;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>Much output, much input, and readers that take their time, through a real channel.</summary>
public sealed class OutputTests(SharedGuest shared) : IClassFixture<SharedGuest>
{
    private const int Kill = 9;
    private const int BurstTries = 200;
    private const int LargeMebibytes = 100;

    private TestGuest Guest => shared.Guest;

    [Fact]
    public async Task Nothing_is_lost_of_a_burst_right_before_the_exit()
    {
        // More than a pipe holds, so that the process ends with a full one behind it; each try says which it is.
        string expected = string.Concat(Enumerable.Range(1, 3000).Select(number => $"{number}\n"));
        TestProcess first = await Guest.StartAsync(["sleep", "1000"]);
        await first.Started.InTime();
        for (int turn = 0; turn < BurstTries; turn++)
        {
            if (turn == BurstTries / 2)
            {
                // From here on, each is the first process of a namespace of its own: that end takes another way.
                await Guest.SendAsync(new SignalProcess(first.Id, Kill));
                await first.ReadToEndAsync().InTime();
            }

            ProcessResult result = await Guest.RunAsync(["sh", "-c", $"seq 3000; echo last of {turn} >&2; exit {turn % 256}"]);

            Assert.Equal(turn % 256, result.ExitCode);
            Assert.Equal($"last of {turn}\n", result.ErrorText);
            Assert.True(expected == result.OutputText, $"try {turn}: {result.Output.Length} of {expected.Length} bytes");
        }
    }

    [Fact]
    public async Task A_hundred_mebibytes_pass_in_and_out_before_a_slow_reader()
    {
        byte[] block = new byte[1 << 20];
        new Random(2).NextBytes(block);
        using IncrementalHash sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using IncrementalHash received = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int written = 0;
        TestProcess process = await Guest.StartAsync(["cat"]);
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < LargeMebibytes; i++)
            {
                block[0] = (byte)i;
                sent.AppendData(block);
                await process.Input.WriteAsync(block);
                Volatile.Write(ref written, i + 1);
            }

            await process.Input.CompleteAsync();
        });

        // The reader begins when the writer has not come forward for a while: then all between the two is full.
        using ManualResetEventSlim never = new();
        int before;
        do
        {
            before = Volatile.Read(ref written);
            never.Wait(300);
        }
        while (before != Volatile.Read(ref written));
        Assert.InRange(before, 0, LargeMebibytes - 1);

        byte[] buffer = new byte[64 << 10];
        long total = 0;
        for (int count; (count = await process.Output.ReadAsync(buffer).InTime()) > 0; total += count)
        {
            received.AppendData(buffer, 0, count);
        }

        await writing.InTime();
        Assert.Equal((long)LargeMebibytes << 20, total);
        Assert.Equal(sent.GetHashAndReset(), received.GetHashAndReset());
    }

    [Fact]
    public async Task A_process_whose_output_nobody_reads_holds_up_no_other()
    {
        TestProcess unread = await Guest.StartAsync(["yes"]);
        await unread.Started.InTime();

        for (int turn = 0; turn < 3; turn++)
        {
            Assert.Equal("answer", await Guest.ShellAsync("seq 100000 >/dev/null; echo answer"));
        }

        await Guest.SendAsync(new SignalProcess(unread.Id, Kill));
        ProcessResult result = await unread.ReadToEndAsync().InTime();
        Assert.Equal(Kill, result.Signal);
        Assert.StartsWith("y\ny\n", result.OutputText);
    }

    [Fact]
    public async Task Who_writes_what_the_host_has_given_up_meets_a_broken_pipe()
    {
        TestProcess process = await Guest.StartAsync(["sh", "-c", "yes; test $? = 141 && exit 9"]);
        await process.Started.InTime();

        process.Output.Reset("nobody wants it");

        Assert.Equal(9, Assert.IsType<ProcessExited>(await process.Ended.InTime()).ExitCode);
    }
}
