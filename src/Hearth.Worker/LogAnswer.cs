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
    /// <param name="write">Writes one of them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task SendAsync(HttpContext context, IAsyncEnumerable<LogRecord> log, Action<IBufferWriter<byte>, LogRecord> write, CancellationToken cancellationToken)
    {
        PipeWriter body = context.Response.BodyWriter;
        await using IAsyncEnumerator<LogRecord> records = log.GetAsyncEnumerator(cancellationToken);

        // The server's own writer takes a lock for each record.
        ArrayBufferWriter<byte> unsent = new(2 * MostUnsentBytes);
        while (true)
        {
            ValueTask<bool> next = records.MoveNextAsync();
            if (!next.IsCompleted || unsent.WrittenCount >= MostUnsentBytes)
            {
                await SendAsync();
            }

            if (!await next)
            {
                await SendAsync();
                return;
            }

            write(unsent, records.Current);
        }

        async ValueTask SendAsync()
        {
            if (unsent.WrittenCount > 0)
            {
                await body.WriteAsync(unsent.WrittenMemory, cancellationToken);
                unsent.ResetWrittenCount();
            }
        }
    }
}
