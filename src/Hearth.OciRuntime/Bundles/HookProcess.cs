using System.Text;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.OciRuntime.Bundles;

/// <summary>A running hook. Its standard input is the container's state. The first bytes of its output are kept for messages.</summary>
internal sealed class HookProcess : IDisposable
{
    /// <summary>The most bytes of a hook's output in a message.</summary>
    private const int MostOutputBytes = 4096;

    private readonly int pid;
    private readonly ProcessHandle handle;
    private readonly SafeFileHandle output;
    private readonly byte[] words = new byte[MostOutputBytes];
    private int length;

    private HookProcess(int pid, ProcessHandle handle, SafeFileHandle output)
    {
        this.pid = pid;
        this.handle = handle;
        this.output = output;
    }

    /// <summary>The beginning of its standard output and error, on one line.</summary>
    public string Output => string.Join("; ", Encoding.UTF8.GetString(words, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <exception cref="LinuxException">The hook cannot be started.</exception>
    public static HookProcess Start(HookSpec hook, byte[] state)
    {
        (SafeFileHandle input, SafeFileHandle writing) = DescriptorIO.CreatePipe();
        (SafeFileHandle reading, SafeFileHandle output) = DescriptorIO.CreatePipe();
        try
        {
            using (input)
            using (output)
            {
                int pid = ProcessSpawning.SpawnInNewSession(hook.Path, hook.Args.Count > 0 ? hook.Args : [hook.Path], hook.Env, (input, 0), (output, 1), (output, 2));
                var process = new HookProcess(pid, ProcessHandle.TryOpen(pid)!, reading);
                new Thread(() => Feed(writing, state)) { IsBackground = true, Name = "hook input" }.Start();
                return process;
            }
        }
        catch
        {
            writing.Dispose();
            reading.Dispose();
            throw;
        }
    }

    /// <summary>Waits for its end. Cancellation kills the hook and the processes that it started.</summary>
    /// <returns>Its exit code; 128 plus the signal's number if a signal ended it.</returns>
    public async Task<int> WaitAsync(CancellationToken stop)
    {
        using CancellationTokenRegistration killing = stop.Register(Kill);
        var ended = new TaskCompletionSource<ProcessEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Await(ended)) { IsBackground = true, Name = "hook" }.Start();
        ProcessEnd end = await ended.Task.ConfigureAwait(false);
        return end.Signal != 0 ? ExitCodes.SignalBase + end.Signal : end.ExitCode;
    }

    public void Dispose()
    {
        handle.Dispose();
        output.Dispose();
    }

    /// <summary>Writes the input. If the hook closes its input, the rest is dropped.</summary>
    private static void Feed(SafeFileHandle writing, byte[] state)
    {
        using (writing)
        {
            ReadOnlySpan<byte> rest = state;
            while (!rest.IsEmpty && DescriptorIO.TryWrite(writing, rest, out int count) == Errno.None)
            {
                rest = rest[count..];
            }
        }
    }

    private void Kill()
    {
        handle.Signal(SignalNumber.Kill);
        try
        {
            // Kills the process group that it leads. Its pid is still valid, since it is reaped only after its output was read.
            Signals.Send(-pid, SignalNumber.Kill);
        }
        catch (LinuxException refusal) when (refusal.Errno == Errno.EPERM)
        {
            // A member of the group has changed its user.
        }
    }

    private void Await(TaskCompletionSource<ProcessEnd> ended)
    {
        try
        {
            using var epoll = new Epoll();
            epoll.Add(handle.Descriptor, EpollEvents.In, 0);
            epoll.Add(output, EpollEvents.In, 1);
            Collect(epoll);
            ended.SetResult(ProcessWaiting.Reap(pid));
        }
        catch (LinuxException failure)
        {
            ended.SetException(failure);
        }
    }

    /// <summary>Reads until the hook has ended. Does not wait for other processes that have inherited its output.</summary>
    private void Collect(Epoll epoll)
    {
        Span<EpollReport> reports = stackalloc EpollReport[2];
        bool hasEnded = false;
        while (true)
        {
            int count = epoll.Wait(reports, hasEnded ? 0 : -1);
            bool canRead = false;
            foreach (EpollReport report in reports[..count])
            {
                hasEnded |= report.Token == 0;
                canRead |= report.Token == 1;
            }

            if (hasEnded && (!canRead || length == words.Length))
            {
                return;
            }

            if (canRead && ReadOutput() == 0)
            {
                epoll.Remove(output);
            }
        }
    }

    private int ReadOutput()
    {
        Span<byte> surplus = stackalloc byte[MostOutputBytes];
        bool isKept = length < words.Length;
        int count = DescriptorIO.Read(output, isKept ? words.AsSpan(length) : surplus);
        length += isKept ? count : 0;
        return count;
    }
}
