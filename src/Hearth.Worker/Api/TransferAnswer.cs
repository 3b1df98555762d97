using System.Threading.Channels;
using Hearth.Client.Images;
using Hearth.Containers;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Api;

/// <summary>
/// An answer that is a line of JSON for each step, and a last one with the result or the failure. Its status is sent with the first
/// line: a failure before that has a status of its own.
/// </summary>
internal static class TransferAnswer
{
    /// <param name="context">The request.</param>
    /// <param name="engine">The daemon's.</param>
    /// <param name="act">The work. It gets what sends a step, from any thread, and returns the last.</param>
    /// <exception cref="HearthException">The work failed before it sent a step.</exception>
    public static async Task WriteAsync(HttpContext context, Engine engine, Func<Action<TransferStep>, Task<TransferStep>> act)
    {
        Channel<TransferStep> steps = Channel.CreateUnbounded<TransferStep>();
        Task<TransferStep> work = Task.Run(() => act(step => steps.Writer.TryWrite(step)));
        _ = work.ContinueWith(_ => steps.Writer.Complete(), TaskScheduler.Default);
        context.Response.ContentType = "application/x-ndjson";
        await foreach (TransferStep step in steps.Reader.ReadAllAsync(context.RequestAborted))
        {
            await Answers.LineAsync(context, step, ImagesJson.Default.TransferStep);
        }

        try
        {
            await Answers.LineAsync(context, await work, ImagesJson.Default.TransferStep);
        }
        catch (HearthException failure) when (context.Response.HasStarted)
        {
            ApiErrors.Note(failure, context, engine);
            await Answers.LineAsync(context, new TransferStep { Error = failure.Error.ToString(), Message = failure.Message }, ImagesJson.Default.TransferStep);
        }
    }
}
