using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Hearth.Guest.Init.Polling;
using Hearth.Guest.Init.Processes;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Archives;

/// <summary>
/// Answers requests about the container's files. An <see cref="ArchiveWorker"/> does each of them, and this class carries its
/// bytes at the pace of the slower side, without delaying anything else. If the host resets the stream, the worker is killed.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "It ends with the machine.")]
internal sealed class ArchiveRequests(GuestChannel channel)
{
    /// <summary>The number of concurrent requests; further ones wait. Each needs a process, with a buffer at either end.</summary>
    private const int MostAtOnce = 4;

    /// <summary>The maximum length of an answer with all its warnings, each about one name.</summary>
    private const int MaxAnswerBytes = 256 << 10;

    private const int BufferBytes = 64 << 10;

    private readonly SemaphoreSlim places = new(MostAtOnce, MostAtOnce);
    private readonly HashSet<int> workers = [];

    internal async Task<GuestAnswer> AnswerAsync(GuestRequest request, ProcessServices? services)
    {
        if (services is null)
        {
            return new RequestFailed(RequestFailure.Refused, "the guest is not configured yet");
        }

        await places.WaitAsync().ConfigureAwait(false);
        try
        {
            return request switch
            {
                WriteArchive write => await WriteAsync(write, services).ConfigureAwait(false),
                ReadArchive read => await ReadAsync(read, read.Stream, services).ConfigureAwait(false),
                ReadRoot read => await ReadAsync(read, services).ConfigureAwait(false),
                _ => await AskAsync(request, services, passed: null, _ => Task.CompletedTask).ConfigureAwait(false),
            };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or GuestInitException)
        {
            return new RequestFailed(RequestFailure.System, failure.Message);
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>Kills all workers.</summary>
    internal void EndAll(ChildReaper reaper)
    {
        lock (workers)
        {
            foreach (int pid in workers)
            {
                reaper.Signal(pid, SignalNumber.Kill);
            }
        }
    }

    private async Task<GuestAnswer> WriteAsync(WriteArchive request, ProcessServices services)
    {
        GuestDataStream stream = HostStreams.Accept(request.Stream, isRead: true, channel);
        (SafeFileHandle reading, SafeFileHandle writing) = DescriptorIO.CreatePipe();
        using PolledDescriptor target = PolledDescriptor.ForWriting(writing, services.Readiness);
        using (reading)
        {
            return await AskAsync(request, services, (reading, 0), async worker =>
            {
                reading.Dispose();
                using CancellationTokenSource ended = new();
                Task pumping = InputPump.RunAsync(stream, target, terminal: null, ended.Token);
                await worker.End.ConfigureAwait(false);
                await ended.CancelAsync().ConfigureAwait(false);
                await pumping.ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
    }

    /// <summary>Suspends the container's processes meanwhile, if the host wants it.</summary>
    private async Task<GuestAnswer> ReadAsync(ReadRoot request, ProcessServices services)
    {
        using ContainerFreeze? freeze = request.Freezes && services.Group is { } group
            ? await ContainerFreeze.BeginAsync(group.Files, services.Readiness).ConfigureAwait(false)
            : null;
        return await ReadAsync(request, request.Stream, services).ConfigureAwait(false);
    }

    private async Task<GuestAnswer> ReadAsync(GuestRequest request, uint number, ProcessServices services)
    {
        GuestDataStream stream = HostStreams.Accept(number, isRead: false, channel);
        (SafeFileHandle reading, SafeFileHandle writing) = DescriptorIO.CreatePipe();
        using PolledDescriptor source = PolledDescriptor.ForReading(reading, services.Readiness);
        using (writing)
        {
            GuestAnswer answer = await AskAsync(request, services, (writing, 1), worker =>
            {
                writing.Dispose();
                return PumpAsync(source, stream, () => services.Reaper.Signal(worker.Pid, SignalNumber.Kill));
            }).ConfigureAwait(false);
            if (answer is RequestDone)
            {
                await stream.CompleteAsync().ConfigureAwait(false);
            }
            else
            {
                stream.Reset("the copy failed");
            }

            return answer;
        }
    }

    /// <summary>Starts a worker for the request, carries its bytes, and waits for its end.</summary>
    private async Task<GuestAnswer> AskAsync(
        GuestRequest request, ProcessServices services, (SafeFileHandle Descriptor, int Number)? passed, Func<CopyOfInit, Task> carry)
    {
        string firstPid = services.Namespaces.FirstPid.ToString(CultureInfo.InvariantCulture);
        using CopyOfInit worker = CopyOfInit.Start(
            services.Reaper, [ArchiveWorker.Argument, firstPid, services.Group is null || request is ReadRoot ? bool.FalseString : bool.TrueString], passed);
        lock (workers)
        {
            workers.Add(worker.Pid);
        }

        try
        {
            Task carrying = carry(worker);
            byte[]? answer = await worker.AskAsync(GuestMessageJson.Serialize(request), MaxAnswerBytes, services.Readiness).ConfigureAwait(false);
            ProcessEnd end = await worker.End.ConfigureAwait(false);
            await carrying.ConfigureAwait(false);
            return answer is { Length: > 0 } && GuestMessageJson.Deserialize(answer) is GuestAnswer said
                ? said
                : new RequestFailed(RequestFailure.System, $"the worker ended without an answer ({(end.Signal == 0 ? $"status {end.ExitCode}" : $"signal {end.Signal}")})");
        }
        finally
        {
            lock (workers)
            {
                workers.Remove(worker.Pid);
            }

            services.Reaper.Signal(worker.Pid, SignalNumber.Kill);
        }
    }

    private static async Task PumpAsync(PolledDescriptor source, GuestDataStream stream, Action giveUp)
    {
        byte[] buffer = new byte[BufferBytes];
        int count;
        try
        {
            while ((count = await source.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
            }
        }
        catch (GuestProtocolException)
        {
            // The host has reset the stream, or the channel has ended.
            giveUp();
        }
    }
}
