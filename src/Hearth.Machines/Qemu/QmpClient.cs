using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace Hearth.Machines.Qemu;

/// <summary>
/// A client of QEMU's control protocol, QMP: one JSON object a line in each direction. QEMU sends a greeting, and accepts
/// commands once its capabilities are acknowledged (QEMU's docs/interop/qmp-spec). Requests may run concurrently; each answer
/// contains the id of its request.
/// </summary>
internal sealed class QmpClient : IAsyncDisposable
{
    private readonly Stream stream;
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource> pending = new();
    private readonly TaskCompletionSource greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource guestConnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task receiving;
    private int lastId;

    /// <param name="stream">A connected stream; the client disposes it.</param>
    internal QmpClient(Stream stream)
    {
        this.stream = stream;
        receiving = ReceiveAsync();
    }

    /// <summary>QEMU's reason for the machine's stop (guest-shutdown, guest-reset, host-signal); null before it stopped.</summary>
    internal string? ShutdownReason { get; private set; }

    /// <summary>Completes when the guest has opened a virtio-serial port that has an id; never fails.</summary>
    internal Task GuestConnected => guestConnected.Task;

    /// <summary>Completes when QEMU has closed its end, so all of its events are known; never fails.</summary>
    internal Task Ended => receiving;

    /// <summary>Waits for the greeting and acknowledges it.</summary>
    /// <exception cref="MachineException">QEMU has ended.</exception>
    internal async Task NegotiateAsync(CancellationToken cancellationToken)
    {
        await greeted.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync("qmp_capabilities", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a command and waits for its answer.</summary>
    /// <param name="command">The command's name.</param>
    /// <param name="cancellationToken">Stops waiting; QEMU still runs the command.</param>
    /// <param name="arguments">The names and values of the arguments, all of them strings.</param>
    /// <exception cref="MachineException">QEMU refused the command (the message contains its text), or has ended.</exception>
    internal async Task ExecuteAsync(
        string command, CancellationToken cancellationToken, params (string Name, string Value)[] arguments)
    {
        int id = Interlocked.Increment(ref lastId);
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        pending[id] = answer;
        if (receiving.IsCompleted)
        {
            FailAll();
        }

        await SendAsync(Write(command, id, arguments), cancellationToken).ConfigureAwait(false);
        await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync().ConfigureAwait(false);
        await receiving.ConfigureAwait(false);
        writing.Dispose();
    }

    private static ReadOnlyMemory<byte> Write(string command, int id, (string Name, string Value)[] arguments)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("execute", command);
            writer.WriteNumber("id", id);
            if (arguments.Length > 0)
            {
                writer.WriteStartObject("arguments");
                foreach ((string name, string value) in arguments)
                {
                    writer.WriteString(name, value);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        buffer.Write("\r\n"u8);
        return buffer.WrittenMemory;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw Gone();
        }
        finally
        {
            writing.Release();
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            using StreamReader reader = new(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
            while (await reader.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is string line)
            {
                using JsonDocument message = JsonDocument.Parse(line);
                Handle(message.RootElement);
            }
        }
        catch (Exception exception) when (exception is IOException or JsonException or ObjectDisposedException)
        {
            // Without a readable line there is no control any more. All waiting callers fail, and the process's end shows the cause.
        }

        FailAll();
    }

    private void Handle(JsonElement message)
    {
        if (message.TryGetProperty("QMP", out _))
        {
            greeted.TrySetResult();
        }
        else if (message.TryGetProperty("event", out JsonElement name))
        {
            HandleEvent(name.GetString(), message.TryGetProperty("data", out JsonElement data) ? data : default);
        }
        else if (message.TryGetProperty("id", out JsonElement id) && pending.TryRemove(id.GetInt32(), out TaskCompletionSource? answer))
        {
            if (message.TryGetProperty("error", out JsonElement error))
            {
                answer.TrySetException(new MachineException(
                    MachineError.VmmFailed, $"QEMU refused the request: {error.GetProperty("desc").GetString()}"));
            }
            else
            {
                answer.TrySetResult();
            }
        }
    }

    private void HandleEvent(string? name, JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (name == "SHUTDOWN")
        {
            ShutdownReason = data.TryGetProperty("reason", out JsonElement reason) ? reason.GetString() : null;
        }
        else if (name == "VSERPORT_CHANGE" && data.TryGetProperty("open", out JsonElement open) && open.ValueKind == JsonValueKind.True)
        {
            guestConnected.TrySetResult();
        }
    }

    private void FailAll()
    {
        greeted.TrySetException(Gone());
        _ = greeted.Task.Exception;
        foreach (int id in pending.Keys)
        {
            if (pending.TryRemove(id, out TaskCompletionSource? answer))
            {
                answer.TrySetException(Gone());
            }
        }
    }

    private static MachineException Gone() => new(MachineError.MachineEnded, "QEMU has closed its control socket");
}
