using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Hearth.Firecracker;

/// <summary>
/// A stream to a port of the guest. It is usable before the guest listens: reads and writes wait until it does. The host
/// connects to the vsock device's Unix socket, sends <c>CONNECT port</c>, and receives <c>OK port</c> (Firecracker's
/// docs/vsock.md). While no guest process listens, Firecracker closes the connection without an answer, and this stream
/// connects again.
/// </summary>
public sealed class VsockStream : Stream
{
    /// <summary>The longest answer: "OK ", a port number and a line feed.</summary>
    private const int AnswerLimitInBytes = 32;

    /// <summary>
    /// No event reports that the guest listens, so this stream retries. It retries often at first, since a guest takes 0.1 to
    /// 1 s to boot, then less often.
    /// </summary>
    private static readonly TimeSpan FirstGap = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LaterGap = TimeSpan.FromMilliseconds(50);
    private const int TriesBeforeLater = 1500;

    private readonly string path;
    private readonly uint port;
    private readonly Task vmmEnded;
    private readonly CancellationTokenSource closing = new();
    private readonly Task<Stream?> connected;

    /// <summary>Starts to connect in the background.</summary>
    /// <param name="path">The path of the device's Unix socket; see <see cref="Api.Vsock.UdsPath"/>.</param>
    /// <param name="port">The port on which the guest listens.</param>
    /// <param name="vmmEnded">Completes when Firecracker's process has ended; then this stream stops trying to connect.</param>
    public VsockStream(string path, uint port, Task vmmEnded)
    {
        this.path = path;
        this.port = port;
        this.vmmEnded = vmmEnded;
        connected = ConnectAsync();
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <returns>The number of bytes read; 0 at the end of the stream, or if the guest never listened.</returns>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Stream? stream = await connected.WaitAsync(cancellationToken).ConfigureAwait(false);
        return stream is null ? 0 : await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Stream stream = await connected.WaitAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new IOException("cannot write to the guest: the machine ended before its guest listened");
        await stream.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            closing.Cancel();
            connected.ContinueWith(
                static task => (task.IsCompletedSuccessfully ? task.Result : null)?.Dispose(),
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        base.Dispose(disposing);
    }

    /// <returns>The connection; null if the VMM ended or this stream was closed before the guest listened.</returns>
    private async Task<Stream?> ConnectAsync()
    {
        for (int attempt = 0; !vmmEnded.IsCompleted && !closing.IsCancellationRequested; attempt++)
        {
            if (await TryConnectAsync().ConfigureAwait(false) is Stream stream)
            {
                return stream;
            }

            await vmmEnded.WaitAsync(attempt < TriesBeforeLater ? FirstGap : LaterGap, closing.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return null;
    }

    private async Task<Stream?> TryConnectAsync()
    {
        Stream? stream = null;
        try
        {
            stream = await UnixStreams.ConnectAsync(path, closing.Token).ConfigureAwait(false);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {port.ToString(CultureInfo.InvariantCulture)}\n"), closing.Token).ConfigureAwait(false);
            if (await IsAcceptedAsync(stream).ConfigureAwait(false))
            {
                return stream;
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException)
        {
            // No guest process listens yet, or the VMM is ending (the caller checks that), or this stream was closed.
        }

        stream?.Dispose();
        return null;
    }

    /// <summary>Reads the answer byte by byte, since the bytes after the line come from the guest.</summary>
    private async Task<bool> IsAcceptedAsync(Stream stream)
    {
        byte[] answer = new byte[AnswerLimitInBytes];
        for (int length = 0; length < answer.Length; length++)
        {
            if (await stream.ReadAsync(answer.AsMemory(length, 1), closing.Token).ConfigureAwait(false) == 0)
            {
                return false;
            }

            if (answer[length] == '\n')
            {
                return answer.AsSpan(0, length).StartsWith("OK "u8);
            }
        }

        return false;
    }
}
