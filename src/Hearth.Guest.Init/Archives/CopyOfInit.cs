using Hearth.Guest.Init.Polling;
using Hearth.Guest.Init.Processes;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Archives;

/// <summary>A child that runs this program in another role, and init's end of the socket to it.</summary>
internal sealed class CopyOfInit : IDisposable
{
    private const int BufferBytes = 4096;

    private const string OwnProgram = "/proc/self/exe";

    private readonly SafeFileHandle socket;

    private CopyOfInit(int pid, Task<ProcessEnd> end, SafeFileHandle socket)
    {
        Pid = pid;
        End = end;
        this.socket = socket;
    }

    internal int Pid { get; }

    internal Task<ProcessEnd> End { get; }

    /// <summary>Starts a copy.</summary>
    /// <param name="reaper">Waits for the copy.</param>
    /// <param name="arguments">The role and its arguments.</param>
    /// <param name="passed">A descriptor to pass in addition to the socket, and its number in the copy.</param>
    internal static CopyOfInit Start(
        ChildReaper reaper, string[] arguments, (SafeFileHandle Descriptor, int Number)? passed = null)
    {
        (SafeFileHandle mine, SafeFileHandle theirs) = GuestSockets.CreatePair();
        using (theirs)
        {
            (int pid, Task<ProcessEnd> end) = reaper.Start(() => passed is { } more
                ? ProcessSpawning.Spawn(OwnProgram, ["hearth-init", .. arguments], [], more, (theirs, JobSocket.Number))
                : ProcessSpawning.Spawn(OwnProgram, ["hearth-init", .. arguments], [], (theirs, JobSocket.Number)));
            return new CopyOfInit(pid, end, mine);
        }
    }

    /// <summary>Sends the copy its job and reads the answer.</summary>
    /// <param name="job">The job, without its length.</param>
    /// <param name="mostBytes">The maximum length of the answer; a longer one is cut.</param>
    /// <param name="loop">Waits for the socket.</param>
    /// <returns>The whole answer; null if the copy exited without reading the job.</returns>
    internal async Task<byte[]?> AskAsync(ReadOnlyMemory<byte> job, int mostBytes, ReadinessLoop loop)
    {
        try
        {
            using PolledDescriptor jobs = PolledDescriptor.ForWriting(DescriptorIO.Duplicate(socket), loop);
            if (!await jobs.WriteAsync(JobSocket.Frame(job.Span)).ConfigureAwait(false))
            {
                return null;
            }

            using PolledDescriptor answers = PolledDescriptor.ForReading(DescriptorIO.Duplicate(socket), loop);
            return await ReadToEndAsync(answers, mostBytes).ConfigureAwait(false);
        }
        catch (LinuxException failure) when (failure.Errno == Errno.ECONNRESET)
        {
            // The copy's end of the socket was closed with the job unread in it.
            return null;
        }
    }

    public void Dispose() => socket.Dispose();

    private static async Task<byte[]> ReadToEndAsync(PolledDescriptor answers, int mostBytes)
    {
        using MemoryStream answer = new();
        byte[] buffer = new byte[BufferBytes];
        int count;
        while (answer.Length < mostBytes && (count = await answers.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            answer.Write(buffer, 0, count);
        }

        return answer.ToArray();
    }
}
