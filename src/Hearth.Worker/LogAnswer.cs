using System.Buffers;
using System.IO.Pipelines;
using Hearth.Records.Logs;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker;

/// <summary>Sends the records of a log as the body of an answer.</summary>
internal static class LogAnswer
{
    /// <summary>A record is sent at once if no other is there; of many, so many bytes together.</summary>
    private const int MostUnsentBytes = 64 << 10;

    /// <param name="context">The request; its answer has begun.</param>
    /// <param name="log">The records, perhaps also later ones.</param>
    /// <param name="write">Writes one of them, and returns its size in bytes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task SendAsync(HttpContext context, IAsyncEnumerable<LogRecord> log, Func<IBufferWriter<byte>, LogRecord, int> write, CancellationToken cancellationToken)
    {
        PipeWriter body = context.Response.BodyWriter;
        await using IAsyncEnumerator<LogRecord> records = log.GetAsyncEnumerator(cancellationToken);
        int unsent = 0;
        while (true)
        {
            ValueTask<bool> next = records.MoveNextAsync();
            if (!next.IsCompleted || unsent >= MostUnsentBytes)
            {
                await body.FlushAsync(cancellationToken);
                unsent = 0;
            }

            if (!await next)
            {
                return;
            }

            unsent += write(body, records.Current);
        }
    }
}
