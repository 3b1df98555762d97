using System.Diagnostics;
using System.Text;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Network.Cni;

/// <summary>Runs a plugin to its end, or kills it and what it has started when its time is over. Its output is bounded.</summary>
internal static class PluginProcess
{
    private const int MostOutputBytes = 1 << 20;
    private const int MostErrorBytes = 16 << 10;
    private const ulong EndToken = 0;
    private const ulong OutputToken = 1;
    private const ulong ErrorToken = 2;

    /// <param name="path">The plugin's file.</param>
    /// <param name="environment">NAME=VALUE each.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <returns>How it ended (null if it was killed), and what it wrote.</returns>
    /// <exception cref="LinuxException">It cannot be started.</exception>
    public static (ProcessEnd? End, string Output, string Errors) Run(string path, IReadOnlyList<string> environment, byte[] input, TimeSpan timeout)
    {
        (SafeFileHandle inputEnd, SafeFileHandle writing) = DescriptorIO.CreatePipe();
        (SafeFileHandle reading, SafeFileHandle outputEnd) = DescriptorIO.CreatePipe();
        (SafeFileHandle readingErrors, SafeFileHandle errorEnd) = DescriptorIO.CreatePipe();
        using (reading)
        using (readingErrors)
        {
            int pid;
            try
            {
                using (inputEnd)
                using (outputEnd)
                using (errorEnd)
                {
                    pid = ProcessSpawning.SpawnInNewSession(path, [path], environment, (inputEnd, 0), (outputEnd, 1), (errorEnd, 2));
                }
            }
            catch
            {
                writing.Dispose();
                throw;
            }

            new Thread(() => Feed(writing, input)) { IsBackground = true, Name = "plugin input" }.Start();
            using ProcessHandle handle = ProcessHandle.TryOpen(pid)!;
            BoundedText output = new(reading, MostOutputBytes);
            BoundedText errors = new(readingErrors, MostErrorBytes);
            bool hasEnded = Await(handle, output, errors, timeout);
            if (!hasEnded)
            {
                Kill(handle);
            }

            ProcessEnd end = ProcessWaiting.Reap(pid);
            return (hasEnded ? end : null, output.ToString(), errors.ToString());
        }
    }

    /// <summary>A plugin that ends without reading its input is no failure.</summary>
    private static void Feed(SafeFileHandle writing, byte[] input)
    {
        using (writing)
        {
            ReadOnlySpan<byte> rest = input;
            while (!rest.IsEmpty && DescriptorIO.TryWrite(writing, rest, out int count) == Errno.None)
            {
                rest = rest[count..];
            }
        }
    }

    /// <summary>Reads until the plugin has ended. Does not wait for other processes that have inherited its output.</summary>
    /// <returns>False if its time was over first.</returns>
    private static bool Await(ProcessHandle handle, BoundedText output, BoundedText errors, TimeSpan timeout)
    {
        using Epoll epoll = new();
        epoll.Add(handle.Descriptor, EpollEvents.In, EndToken);
        epoll.Add(output.Reading, EpollEvents.In, OutputToken);
        epoll.Add(errors.Reading, EpollEvents.In, ErrorToken);
        Span<EpollReport> reports = stackalloc EpollReport[3];
        long start = Stopwatch.GetTimestamp();
        bool hasEnded = false;
        while (true)
        {
            TimeSpan left = timeout - Stopwatch.GetElapsedTime(start);
            int count = epoll.Wait(reports, hasEnded ? 0 : Math.Max((int)left.TotalMilliseconds, 0));
            bool hasRead = false;
            foreach (EpollReport report in reports[..count])
            {
                hasEnded |= report.Token == EndToken;
                BoundedText? text = report.Token == OutputToken ? output : report.Token == ErrorToken ? errors : null;
                hasRead |= text is not null;
                if (text?.Read() == 0)
                {
                    epoll.Remove(text.Reading);
                }
            }

            if (hasEnded && (!hasRead || output.IsFull))
            {
                return true;
            }

            if (!hasEnded && left <= TimeSpan.Zero)
            {
                return false;
            }
        }
    }

    private static void Kill(ProcessHandle handle)
    {
        handle.Signal(SignalNumber.Kill);
        try
        {
            // The process group that it leads. Its pid is still valid, since it has not been reaped.
            Signals.Send(-handle.ProcessId, SignalNumber.Kill);
        }
        catch (LinuxException refusal) when (refusal.Errno == Errno.EPERM)
        {
            // A member of the group has changed its user.
        }
    }

    /// <summary>The beginning of what comes from a descriptor; the rest is dropped.</summary>
    private sealed class BoundedText(SafeFileHandle reading, int limit)
    {
        private const int PieceBytes = 4096;

        private readonly List<byte> kept = [];

        public SafeFileHandle Reading => reading;

        public bool IsFull => kept.Count >= limit;

        public int Read()
        {
            Span<byte> piece = stackalloc byte[PieceBytes];
            int count = DescriptorIO.Read(reading, piece);
            kept.AddRange(piece[..Math.Min(count, limit - kept.Count)]);
            return count;
        }

        public override string ToString() => Encoding.UTF8.GetString([.. kept]);
    }
}
