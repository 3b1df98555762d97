using System.Threading.Channels;
using Hearth.Containers;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Docker.Images;

/// <summary>
/// An answer that is a stream of objects about progress. Its status is sent with the first object: a failure before that has a
/// status of its own, and a later one is the stream's last object.
/// </summary>
internal static class ProgressAnswer
{
    /// <param name="context">The request.</param>
    /// <param name="engine">The daemon's.</param>
    /// <param name="act">The work. It gets what sends an object, from any thread.</param>
    /// <exception cref="HearthException">The work failed before it sent an object.</exception>
    public static async Task WriteAsync(HttpContext context, Engine engine, Func<Action<TransferLine>, Task> act)
    {
        Channel<TransferLine> lines = Channel.CreateUnbounded<TransferLine>();
        Task work = Task.Run(() => act(line => lines.Writer.TryWrite(line)));
        _ = work.ContinueWith(_ => lines.Writer.Complete(), TaskScheduler.Default);
        context.Response.ContentType = "application/json";
        await foreach (TransferLine line in lines.Reader.ReadAllAsync(context.RequestAborted))
        {
            await Answers.LineAsync(context, line, DockerJson.Default.TransferLine);
        }

        try
        {
            await work;
        }
        catch (HearthException failure) when (context.Response.HasStarted)
        {
            ApiErrors.Note(failure, context, engine);
            await Answers.LineAsync(context, TransferLine.Failed(failure.Message), DockerJson.Default.TransferLine);
        }
    }
}
