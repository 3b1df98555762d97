using System.Diagnostics;
using System.Text;

namespace Hearth.EndToEnd.Tests.Support;

/// <summary>Reads a stream to its end in the background; tests wait for a text in it, or for all of it.</summary>
internal sealed class OutputCollector
{
    private readonly MemoryStream collected = new();
    private readonly Task reading;

    public OutputCollector(Stream stream) => reading = Task.Run(() => Collect(stream));

    /// <summary>Waits for the end of the stream and gives all its bytes.</summary>
    public byte[] ReadToEnd()
    {
        reading.GetAwaiter().GetResult();
        return collected.ToArray();
    }

    /// <summary>What has come until now.</summary>
    public string Text
    {
        get
        {
            lock (collected)
            {
                return Encoding.UTF8.GetString(collected.GetBuffer(), 0, (int)collected.Length);
            }
        }
    }

    /// <summary>True once the stream held the text; false at its end or the deadline without it.</summary>
    public bool WaitFor(string text, TimeSpan deadline)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(text);
        long start = Stopwatch.GetTimestamp();
        lock (collected)
        {
            while (collected.GetBuffer().AsSpan(0, (int)collected.Length).IndexOf(wanted) < 0)
            {
                TimeSpan left = deadline - Stopwatch.GetElapsedTime(start);
                if (reading.IsCompleted || left <= TimeSpan.Zero || !Monitor.Wait(collected, left))
                {
                    return collected.GetBuffer().AsSpan(0, (int)collected.Length).IndexOf(wanted) >= 0;
                }
            }

            return true;
        }
    }

    private void Collect(Stream stream)
    {
        byte[] buffer = new byte[1 << 16];
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            lock (collected)
            {
                collected.Write(buffer, 0, count);
                Monitor.PulseAll(collected);
            }
        }

        lock (collected)
        {
            Monitor.PulseAll(collected);
        }
    }
}
