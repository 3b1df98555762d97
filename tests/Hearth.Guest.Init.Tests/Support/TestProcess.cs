using System.Text;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Support;

/// <summary>A process in a guest, from its request to its end.</summary>
internal sealed class TestProcess(string id, GuestDataStream input, GuestDataStream output, GuestDataStream? error)
{
    private readonly TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ProcessStarted> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<GuestMessage> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal string Id => id;

    internal GuestDataStream Input => input;

    internal GuestDataStream Output => output;

    internal GuestDataStream? Error => error;

    /// <summary>Done when it waits to be released.</summary>
    internal Task Held => held.Task;

    internal Task<ProcessStarted> Started => started.Task;

    /// <summary>A <see cref="ProcessExited"/> or <see cref="ProcessFailed"/>.</summary>
    internal Task<GuestMessage> Ended => ended.Task;

    internal void Handle(GuestMessage message)
    {
        if (message is ProcessHeld)
        {
            held.SetResult();
            return;
        }

        if (message is ProcessStarted start)
        {
            started.SetResult(start);
            return;
        }

        started.TrySetException(new IOException($"{message}"));
        _ = started.Task.Exception;
        ended.SetResult(message);
    }

    internal void Fail(Exception failure)
    {
        started.TrySetException(failure);
        ended.TrySetException(failure);
        _ = started.Task.Exception;
        _ = ended.Task.Exception;
    }

    /// <summary>Writes all input and ends it; a process that wants no more of it is no failure.</summary>
    internal async Task WriteInputAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await input.WriteAsync(bytes);
            await input.CompleteAsync();
        }
        catch (GuestProtocolException)
        {
            // The process has closed its input, or is gone.
        }
    }

    internal async Task<ProcessResult> ReadToEndAsync()
    {
        Task<byte[]> outputBytes = ReadAllAsync(output);
        Task<byte[]> errorBytes = error is null ? Task.FromResult<byte[]>([]) : ReadAllAsync(error);
        GuestMessage end = await ended.Task;
        return end switch
        {
            ProcessExited exited => new ProcessResult(exited.ExitCode, exited.Signal, await outputBytes, await errorBytes, null, "", exited.OutOfMemory),
            ProcessFailed failed => new ProcessResult(-1, 0, await outputBytes, await errorBytes, failed.Reason, failed.Message),
            _ => throw new InvalidOperationException($"{end}"),
        };
    }

    /// <summary>Reads until the output holds a text.</summary>
    internal async Task<string> ReadUntilAsync(string text)
    {
        StringBuilder read = new();
        byte[] buffer = new byte[4096];
        while (!read.ToString().Contains(text, StringComparison.Ordinal))
        {
            int count = await output.ReadAsync(buffer).InTime();
            Assert.True(count > 0, $"the output ended without '{text}': {read}");
            read.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return read.ToString();
    }

    private static async Task<byte[]> ReadAllAsync(GuestDataStream stream)
    {
        using MemoryStream all = new();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}

/// <summary>How a process ended, and all it wrote.</summary>
internal sealed record ProcessResult(int ExitCode, int Signal, byte[] Output, byte[] Error, StartFailure? Failure, string Message, bool OutOfMemory = false)
{
    internal string OutputText => Encoding.UTF8.GetString(Output);

    internal string ErrorText => Encoding.UTF8.GetString(Error);

    public override string ToString() => $"{ExitCode} (signal {Signal}, {Failure} {Message}): {OutputText} {ErrorText}";
}
