using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
using Hearth.Containers;
using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.Worker.Docker.Executions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Page;

/// <summary>
/// A process that docker's <c>exec</c> has created, started with its streams in a WebSocket: binary messages in both directions. At the
/// end, the reason of the closure is a sentence.
/// </summary>
internal static class TerminalRoute
{
    private const string Protocol = "hearth.terminal";
    private const int BufferBytes = 16 << 10;

    /// <summary>WebSockets carry at most 123 bytes; a letter has at most four.</summary>
    private const int MostReasonLetters = 30;

    public static void Map(IEndpointRouteBuilder routes, Engine engine) => routes.MapGet("/hearth/v1/exec/{id}/ws", context => AnswerAsync(context, engine));

    private static async Task AnswerAsync(HttpContext context, Engine engine)
    {
        Execution execution = engine.Executions.Find(Answers.Route(context, "id"));
        if (!context.WebSockets.IsWebSocketRequest)
        {
            throw ApiException.BadRequest("this request needs a WebSocket; POST /exec/ID/start needs none");
        }

        engine.Executions.Begin(execution);
        using WebSocket socket = await AcceptAsync(context, engine, execution);
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
        Pipe input = new();
        Task receiving = ReceiveAsync(socket, input.Writer, leaving);
        await using SocketOutput output = new(socket, leaving.Token);
        string reason;
        try
        {
            WorkloadStreams streams = new() { Input = execution.Request.AttachStdin ? input.Reader.AsStream() : null, Output = output, Error = output };
            await engine.Executions.RunAsync(execution, execution.Process, streams, detachKeys: "", leaving.Token);
            reason = $"ended with {execution.ExitCode}";
        }
        catch (HearthException failure)
        {
            ApiErrors.Note(failure, context, engine);
            output.Write(Encoding.UTF8.GetBytes($"{failure.Message}\r\n"));
            reason = "not started";
        }
        catch (OperationCanceledException)
        {
            reason = "hearthd ends";
        }

        await CloseAsync(socket, reason);
        await leaving.CancelAsync();
        await receiving;
    }

    private static async Task<WebSocket> AcceptAsync(HttpContext context, Engine engine, Execution execution)
    {
        try
        {
            return await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol) ? Protocol : null);
        }
        catch
        {
            engine.Executions.Abandon(execution);
            throw;
        }
    }

    /// <summary>Copies what the client sends; ends the process's input when the client has gone.</summary>
    private static async Task ReceiveAsync(WebSocket socket, PipeWriter input, CancellationTokenSource leaving)
    {
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult received = await socket.ReceiveAsync(input.GetMemory(BufferBytes), leaving.Token);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                input.Advance(received.Count);
                await input.FlushAsync(leaving.Token);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The client has gone without a word.
        }

        await input.CompleteAsync();
        await leaving.CancelAsync();
    }

    private static async Task CloseAsync(WebSocket socket, string reason)
    {
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, reason[..Math.Min(reason.Length, MostReasonLetters)], CancellationToken.None);
            }
        }
        catch (WebSocketException)
        {
            // The client has gone.
        }
    }

    /// <summary>Blocks the process's own thread until the client takes the bytes.</summary>
    private sealed class SocketOutput(WebSocket socket, CancellationToken leaving) : OneWayStream(canRead: false)
    {
        private readonly Lock gate = new();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            byte[] message = buffer.ToArray();
            try
            {
                lock (gate)
                {
                    socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, leaving).GetAwaiter().GetResult();
                }
            }
            catch (Exception exception) when (exception is not IOException)
            {
                throw new IOException("the client has gone", exception);
            }
        }
    }
}
