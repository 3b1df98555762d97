using System.Text;
using Hearth.Containers;
using Hearth.Guest.Protocol.Tests;
using Hearth.Records.Logs;

namespace Hearth.Records.Tests.Logs;

/// <summary>A container's directory of one test's own, with what is written and read in it.</summary>
internal sealed class LogPlace : IDisposable
{
    private readonly TemporaryDirectory place = new();

    public LogPlace() => System.IO.Directory.CreateDirectory(Directory);

    public string Directory => place.File("container");

    public string LogFile => File("container.log");

    public string[] Files => [.. System.IO.Directory.GetFiles(Directory).Select(path => Path.GetFileName(path)).Order()];

    public string File(string name) => Path.Combine(Directory, name);

    public string Text() => System.IO.File.ReadAllText(LogFile);

    public ContainerLog Open(TimeProvider clock, LogOptions? options = null) => ContainerLog.Open(Directory, options ?? new LogOptions(), clock);

    /// <summary>What a query finds, each line whole, with "!" before notes, "2" before what came on standard error, and "…" behind what was not finished.</summary>
    public string[] Read(LogQuery query) => ReadAsync(query, out _).InTime().GetAwaiter().GetResult();

    public string[] Read() => Read(new LogQuery());

    public Task<string[]> ReadAsync(LogQuery query, out LogReader reader)
    {
        var taken = new LogReader(TimeProvider.System);
        reader = taken;
        return ReadLinesAsync(taken, query);
    }

    public byte[] ReadBytes(LogStream stream)
    {
        using var bytes = new MemoryStream();
        var query = new LogQuery { StandardOutput = stream == LogStream.StandardOutput, StandardError = stream == LogStream.StandardError };
        Copy().InTime().GetAwaiter().GetResult();
        return bytes.ToArray();

        async Task Copy()
        {
            await foreach (LogRecord record in new LogReader(TimeProvider.System).ReadAsync(Directory, query))
            {
                bytes.Write(record.Content.Span);
                bytes.Write(record.EndsLine ? "\n"u8 : []);
            }
        }
    }

    public void Dispose() => place.Dispose();

    private async Task<string[]> ReadLinesAsync(LogReader reader, LogQuery query)
    {
        var lines = new List<string>();
        var begun = new Dictionary<LogStream, string>();
        await foreach (LogRecord record in reader.ReadAsync(Directory, query))
        {
            string content = Encoding.UTF8.GetString(record.Content.Span);
            if (record.IsNote)
            {
                lines.Add($"!{content}");
                continue;
            }

            if (record.BeginsLine && begun.Remove(record.Stream, out string? unfinished))
            {
                lines.Add(unfinished + "…");
            }

            string line = begun.GetValueOrDefault(record.Stream, record.Stream == LogStream.StandardError ? "2" : "") + content;
            begun.Remove(record.Stream);
            if (record.EndsLine)
            {
                lines.Add(line);
            }
            else
            {
                begun[record.Stream] = line;
            }
        }

        return [.. lines, .. begun.OrderBy(pair => pair.Key).Select(pair => pair.Value + "…")];
    }
}
