using System.IO.Pipelines;
using System.Text;
using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.Hosting;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Hearth.Worker.Docker.Streams;

/// <summary>
/// A request whose connection becomes a stream in both directions (docker's hijacking). A process without a terminal has its
/// output in frames of docker's: a byte for the stream, three zeros, four bytes of length, big-endian.
/// </summary>
/// <remarks>
/// Kestrel gives its connection away only for requests without a body, and <c>exec</c> has one. So this writes the head of the
/// answer itself, and ends the connection after the stream.
/// </remarks>
internal sealed class HijackedConnection : IAsyncDisposable
{
    private const string RawType = "application/vnd.docker.raw-stream";
    private const string FramedType = "application/vnd.docker.multiplexed-stream";

    /// <summary>The first version with a type of its own for frames.</summary>
    private const int FirstMinorWithFramedType = 42;

    private readonly HttpContext context;
    private readonly CancellationToken ending;
    private readonly Stream input;
    private readonly Stream output;
    private readonly Lock gate = new();

    private HijackedConnection(HttpContext context, IDuplexPipe transport, CancellationToken ending)
    {
        this.context = context;
        this.ending = ending;
        input = transport.Input.AsStream();
        output = transport.Output.AsStream();
    }

    /// <summary>The media type of a stream with or without frames.</summary>
    public static string TypeOf(HttpContext context, bool isTerminal) => !isTerminal && DockerApi.MinorOf(context) >= FirstMinorWithFramedType ? FramedType : RawType;

    /// <summary>Answers the request, whose body has been read, and takes its connection.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isTerminal">Whether the output has no frames.</param>
    /// <param name="ending">The daemon ends: it waits for no client.</param>
    public static async Task<HijackedConnection> TakeAsync(HttpContext context, bool isTerminal, CancellationToken ending)
    {
        HijackedConnection taken = new(context, context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport, ending);
        string status = context.Request.Headers.ContainsKey(HeaderNames.Upgrade) ? "101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp" : "200 OK";
        await taken.output.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: {TypeOf(context, isTerminal)}\r\nApi-Version: {DockerApi.Version}\r\n\r\n"), context.RequestAborted);
        await taken.output.FlushAsync(context.RequestAborted);
        return taken;
    }

    /// <summary>Does what uses the streams. Their status has been sent, so a failure is written to them, as docker does.</summary>
    /// <param name="engine">The daemon's.</param>
    /// <param name="isTerminal">Whether the output has no frames.</param>
    /// <param name="act">The work.</param>
    public async Task CarryAsync(Engine engine, bool isTerminal, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested || engine.Ending.IsCancellationRequested)
        {
            // The client has gone, or the daemon ends: nobody reads a reason.
        }
        catch (Exception failure)
        {
            TryWrite(Encoding.UTF8.GetBytes($"{ApiErrors.Note(failure, context, engine).Message}\r\n"), isTerminal ? null : FrameStream.Error);
        }
    }

    private void TryWrite(byte[] bytes, FrameStream? stream)
    {
        try
        {
            Write(bytes, stream);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client has gone meanwhile.
        }
    }

    /// <summary>The streams of a process.</summary>
    /// <param name="takesInput">Whether the client's bytes are its input.</param>
    /// <param name="takesOutput">Whether the client wants its output.</param>
    /// <param name="takesError">Whether the client wants its standard error.</param>
    /// <param name="isTerminal">Whether it has a terminal, so that its output has no frames.</param>
    public WorkloadStreams StreamsOf(bool takesInput, bool takesOutput, bool takesError, bool isTerminal) => new()
    {
        Input = takesInput ? new InputStream(input) : null,
        Output = takesOutput ? new OutputStream(this, isTerminal ? null : FrameStream.Output) : Stream.Null,
        Error = takesError ? new OutputStream(this, isTerminal ? null : FrameStream.Error) : Stream.Null,
    };

    /// <summary>Writes output as the process would.</summary>
    public void Write(ReadOnlySpan<byte> bytes, FrameStream? stream)
    {
        byte[] frame = stream is { } kind ? Frames.Make(bytes, kind) : bytes.ToArray();
        lock (gate)
        {
            output.WriteAsync(frame, context.RequestAborted).AsTask().GetAwaiter().GetResult();
            output.FlushAsync(context.RequestAborted).GetAwaiter().GetResult();
        }
    }

    /// <summary>Ends the connection. Everything has been sent.</summary>
    public async ValueTask DisposeAsync()
    {
        if (context.Features.Get<IStreamEnd>() is { } stream)
        {
            await stream.EndAsync(ending);
        }

        context.Abort();
    }

    /// <summary>Blocks its thread, which is the process's own, until the client takes the bytes.</summary>
    private sealed class OutputStream(HijackedConnection connection, FrameStream? kind) : OneWayStream(canRead: false)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                connection.Write(buffer, kind);
            }
            catch (Exception exception) when (exception is not IOException)
            {
                throw new IOException("the client has gone", exception);
            }
        }
    }

    private sealed class InputStream(Stream connection) : OneWayStream(canRead: true)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            try
            {
                return connection.ReadAsync(buffer, offset, count).GetAwaiter().GetResult();
            }
            catch (Exception exception) when (exception is not IOException)
            {
                throw new IOException("the client has gone", exception);
            }
        }
    }
}
