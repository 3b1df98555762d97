using Hearth.Containers;

namespace Hearth.Records.Logs;

/// <summary>
/// Writes a container's output to files in its directory, in the format of <see cref="LogFormat"/>. Nothing is buffered: when
/// <see cref="Write"/> returns, the output is in the file, including the beginning of a line. So a prompt is visible, and
/// nothing is lost if this process dies. A slow disk slows the workload; a faulty one does not stop it. Output that cannot be
/// logged is counted, and a note in the log reports it as soon as one can be written. Safe for several threads.
/// </summary>
public sealed class ContainerLog : IDisposable
{
    /// <summary>Output that arrives together is written with one system call, unless its lines are very short.</summary>
    private const int BufferBytes = 128 << 10;

    private readonly Lock gate = new();
    private readonly LogFile file;
    private readonly TimeProvider clock;
    private readonly LogFaults faults = new();
    private readonly LogLoss unwritten = new();
    private readonly RateLimit? limit;
    private readonly LineState[] lines = [new(), new()];
    private readonly byte[] buffer = new byte[BufferBytes];
    private readonly int mostBuffered;
    private readonly byte[] start = new byte[LogFormat.StartBytes];
    private int used;
    private bool isClosed;

    private ContainerLog(string directory, LogOptions options, TimeProvider clock)
    {
        this.clock = clock;
        file = new LogFile(LogFormat.NameIn(directory), options, clock);
        mostBuffered = (int)Math.Min(BufferBytes, options.MaxSize.Bytes);
        limit = options.MaxRate is { } rate ? new RateLimit(rate, clock, OnWindowOver) : null;
    }

    /// <summary>
    /// Raised for a new fault, on the thread that found it. That thread carries the workload's output, so a handler must not
    /// block.
    /// </summary>
    public event Action<string>? Faulted;

    /// <summary>The newest faults, including those from before a handler was added.</summary>
    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (gate)
            {
                return faults.ToList();
            }
        }
    }

    /// <summary>
    /// Continues the log in a directory, or begins one. A directory that cannot be written is reported as a fault; the call does
    /// not fail.
    /// </summary>
    /// <param name="directory">The container's directory; no other process may have a log open in it.</param>
    /// <param name="options">How much is kept.</param>
    /// <param name="clock">The source of the records' timestamps.</param>
    public static ContainerLog Open(string directory, LogOptions options, TimeProvider clock)
    {
        var log = new ContainerLog(directory, options, clock);
        log.Guarded(() =>
        {
            log.file.Trim();
            log.TryAppend([], out _);
        });
        return log;
    }

    /// <summary>Logs output that arrived; waits for the disk.</summary>
    /// <param name="stream">The stream it arrived on.</param>
    /// <param name="bytes">Any bytes, split at any point.</param>
    public void Write(LogStream stream, ReadOnlySpan<byte> bytes)
    {
        string[] unreported;
        lock (gate)
        {
            if (isClosed)
            {
                return;
            }

            Log(stream, bytes);
            unreported = faults.TakeUntold();
        }

        Report(unreported);
    }

    /// <summary>Ends the stream for now. Later output begins a new line.</summary>
    public void End(LogStream stream) => Guarded(() =>
    {
        lines[(int)stream].Reset();
        file.TryAgain();
        ReportUnwritten();
        ReportDropped();
    });

    /// <summary>Closes the log. Later output is discarded.</summary>
    public void Dispose()
    {
        Guarded(() =>
        {
            file.TryAgain();
            ReportUnwritten();
            ReportDropped();
            file.Dispose();
            isClosed = true;
        });
        limit?.Dispose();
    }

    private void Log(LogStream stream, ReadOnlySpan<byte> bytes)
    {
        LineState line = lines[(int)stream];
        LogFormat.WriteStart(start, clock.GetUtcNow(), stream);
        while (!bytes.IsEmpty)
        {
            int newline = bytes[..Math.Min(bytes.Length, LogFormat.MostContentBytes + 1)].IndexOf((byte)'\n');
            bool endsLine = newline >= 0;
            int contentBytes = endsLine ? newline : Math.Min(bytes.Length, LogFormat.MostContentBytes);
            int taken = contentBytes + (endsLine ? 1 : 0);
            if (MayPass(line, taken, endsLine))
            {
                Add(line, bytes[..contentBytes], endsLine);
            }

            bytes = bytes[taken..];
        }

        Flush(line);
    }

    private bool MayPass(LineState line, int bytes, bool endsLine)
    {
        if (limit is null)
        {
            return true;
        }

        if (limit.TryPass(line, bytes, endsLine))
        {
            if (!limit.Dropped.IsEmpty)
            {
                Flush(line);
                ReportDropped();
            }

            return true;
        }

        return false;
    }

    private void Add(LineState line, ReadOnlySpan<byte> content, bool endsLine)
    {
        if (used + LogFormat.MostHeaderBytes + content.Length + 1 > mostBuffered)
        {
            Flush(line);
        }

        ReadOnlySpan<byte> tag = LogFormat.Tag(!line.IsBegun, endsLine);
        start.CopyTo(buffer, used);
        used += start.Length;
        tag.CopyTo(buffer.AsSpan(used));
        used += tag.Length;
        content.CopyTo(buffer.AsSpan(used));
        used += content.Length;
        buffer[used++] = (byte)'\n';
        line.IsBegun = !endsLine;
    }

    private void Flush(LineState line)
    {
        int taken = 0;
        if (used == 0)
        {
            return;
        }

        if (ReportUnwritten() && TryAppend(buffer.AsSpan(0, used), out taken))
        {
            line.IsUnwritten = false;
        }
        else
        {
            CountUnwritten(line, buffer.AsMemory(0, used), taken);
            line.IsBegun = false;
        }

        used = 0;
    }

    private bool TryAppend(ReadOnlySpan<byte> records, out int taken)
    {
        taken = 0;
        string? fault = file.Prepare(records.Length, out string? incident);
        if (incident is not null)
        {
            faults.Add(incident);
            fault ??= file.Append(LogFormat.ComposeNote(clock.GetUtcNow(), $"hearth: {incident}"), out _);
        }

        fault ??= file.Append(records, out taken);
        if (fault is null)
        {
            faults.Recover();
            return true;
        }

        faults.AddLasting(fault);
        return false;
    }

    /// <summary>Counts the output to be written, except the whole records that are in the file.</summary>
    private void CountUnwritten(LineState line, ReadOnlyMemory<byte> records, int taken)
    {
        records = records[(records.Span[..taken].LastIndexOf((byte)'\n') + 1)..];
        while (!records.IsEmpty)
        {
            int end = records.Span.IndexOf((byte)'\n');
            if (LogFormat.TryParse(records[..end], out LogRecord record))
            {
                unwritten.Add(line.IsUnwritten ? 0 : 1, record.Content.Length + (record.EndsLine ? 1 : 0), faults.Last);
                line.IsUnwritten = !record.EndsLine;
            }

            records = records[(end + 1)..];
        }
    }

    private bool ReportUnwritten() => TryTell(unwritten);

    private bool ReportDropped() => limit is null || TryTell(limit.Dropped);

    private bool TryTell(LogLoss loss)
    {
        if (!loss.IsEmpty)
        {
            if (!TryAppend(LogFormat.ComposeNote(clock.GetUtcNow(), loss.Describe()), out _))
            {
                return false;
            }

            loss.Clear();
        }

        return true;
    }

    private void OnWindowOver() => Guarded(() => ReportDropped());

    private void Guarded(Action act)
    {
        string[] unreported = [];
        lock (gate)
        {
            if (!isClosed)
            {
                act();
                unreported = faults.TakeUntold();
            }
        }

        Report(unreported);
    }

    private void Report(string[] unreported)
    {
        foreach (string fault in unreported)
        {
            Faulted?.Invoke(fault);
        }
    }
}
