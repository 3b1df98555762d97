using System.Buffers;
using System.Text;
using Hearth.Records.Logs;

namespace Hearth.Rendering;

/// <summary>
/// Writes a log's records as the workload wrote them: bytes unchanged, standard error apart from standard output. Each is kept
/// until <see cref="Flush"/>, or until the other has something, so that on one terminal their order holds.
/// </summary>
/// <param name="output">Takes standard output.</param>
/// <param name="error">Takes standard error, and Hearth's own notes.</param>
/// <param name="timestamps">Whether each line begins with the time of its first byte; an unfinished line is then ended.</param>
public sealed class LogPrinter(Stream output, Stream error, bool timestamps)
{
    /// <summary>More than this is written at once.</summary>
    private const int BufferBytes = 64 << 10;

    private readonly Sink standardOutput = new(output);
    private readonly Sink standardError = new(error);

    /// <exception cref="IOException">Nobody reads any more, or a disk is full.</exception>
    public void Print(in LogRecord record)
    {
        bool isOutput = record.Stream == LogStream.StandardOutput;
        (isOutput ? standardError : standardOutput).Flush();
        (isOutput ? standardOutput : standardError).Write(record, timestamps);
    }

    /// <exception cref="IOException">Nobody reads any more, or a disk is full.</exception>
    public void Flush()
    {
        standardOutput.Flush();
        standardError.Flush();
    }

    private sealed class Sink(Stream stream)
    {
        private readonly ArrayBufferWriter<byte> buffer = new();
        private bool isWithinLine;

        public void Write(in LogRecord record, bool timestamps)
        {
            if (isWithinLine && record.BeginsLine && (timestamps || record.IsNote))
            {
                buffer.Write("\n"u8);
            }

            if (timestamps && record.BeginsLine)
            {
                buffer.Write(Encoding.ASCII.GetBytes($"{Timestamps.Utc(record.Timestamp)} "));
            }

            buffer.Write(record.Content.Span);
            buffer.Write(record.EndsLine ? "\n"u8 : []);
            isWithinLine = !record.EndsLine;
            if (buffer.WrittenCount > BufferBytes)
            {
                Flush();
            }
        }

        public void Flush()
        {
            if (buffer.WrittenCount > 0)
            {
                stream.Write(buffer.WrittenSpan);
                buffer.ResetWrittenCount();
            }
        }
    }
}
