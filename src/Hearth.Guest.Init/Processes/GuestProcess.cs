using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Launching;
using Hearth.Guest.Init.Polling;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Processes;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Processes;

/// <summary>One process of the container, from the host's request to the report of its end.</summary>
/// <param name="request">The host's request.</param>
/// <param name="channel">The channel to the host.</param>
/// <param name="services">What all processes share.</param>
/// <param name="freeName">Called right before the end is reported to the host.</param>
internal sealed class GuestProcess(StartProcess request, GuestChannel channel, ProcessServices services, Action freeName)
{
    /// <summary>The kernel's and docker's default, 022.</summary>
    private const int UsualCreationMask = 0x12;

    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StandardStreams? streams;
    private int pid;
    private bool isKilledByHost;

    /// <summary>
    /// 1. Accepts the host's streams and creates the process's ends. 2. Starts a child of init that becomes the process. 3. Carries
    /// bytes until the process has ended and all its output was sent. 4. Reports the end to the host.
    /// </summary>
    internal async Task RunAsync()
    {
        HostStreams? host = null;
        try
        {
            host = HostStreams.Accept(request, channel);
            await RunAsync(host).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or GuestInitException or LaunchException)
        {
            if (host is not null)
            {
                await host.EndAsync().ConfigureAwait(false);
            }

            freeName();
            StartFailure reason = failure is LaunchException refused ? refused.Reason : StartFailure.System;
            await channel.SendAsync(new ProcessFailed(request.ProcessId, reason, failure.Message)).ConfigureAwait(false);
        }
    }

    /// <summary>Signals the process, or also its descendants; has no effect if the process has ended.</summary>
    internal void Signal(int signal, bool isForAll)
    {
        int target = Volatile.Read(ref pid);
        if (target == 0)
        {
            return;
        }

        if (signal == SignalNumber.Kill)
        {
            Volatile.Write(ref isKilledByHost, true);
        }

        // Found first, as they get another parent with its end; but signalled later, so that it does not go on, or end by itself, because they have ended.
        IReadOnlyList<int> descendants = isForAll ? ProcessFamily.FindDescendants(target) : [];
        services.Reaper.Signal(target, signal);
        foreach (int descendant in descendants)
        {
            Signals.Send(descendant, signal);
        }
    }

    /// <summary>Lets a held process execute its command.</summary>
    internal void Release() => released.TrySetResult();

    internal void Resize(WindowSize size)
    {
        if (streams?.Terminal is { IsClosed: false } terminal)
        {
            PseudoTerminals.Resize(terminal, new TerminalSize(size.Rows, size.Columns));
        }
    }

    private async Task RunAsync(HostStreams host)
    {
        using StandardStreams own = StandardStreams.Create(request, services.Readiness);
        long killsBefore = services.OutOfMemory.LastCount();
        (Launch launch, Task<ProcessEnd> ended) = Begin(own);
        using (launch)
        {
            streams = own;
            own.HandOver();
            if (launch.Gate is { } gate)
            {
                await HoldAsync(launch, gate, ended).ConfigureAwait(false);
            }
        }

        await channel.SendAsync(new ProcessStarted(request.ProcessId, pid, GuestClock.UptimeMs)).ConfigureAwait(false);

        using CancellationTokenSource over = new();
        Task input = host.Input is null || own.Input is null
            ? Task.CompletedTask
            : InputPump.RunAsync(host.Input, own.Input, own.Terminal, over.Token);
        Task<bool> output = Pump(own.Output, host.Output);
        Task<bool> error = Pump(own.Error, host.Error);

        ProcessEnd end = await ended.ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        own.Output?.Finish();
        own.Error?.Finish();
        await Task.WhenAll(input, output, error).ConfigureAwait(false);
        streams = null;

        bool isOutOfMemory = EndedForWantOfMemory(end, killsBefore);
        if (isOutOfMemory)
        {
            await services.OutOfMemory.ReportAsync().ConfigureAwait(false);
        }

        freeName();
        await channel.SendAsync(new ProcessExited(request.ProcessId, ExitCodeOf(end), end.Signal, isOutOfMemory)).ConfigureAwait(false);
        await Task.WhenAll(DrainRest(own.Output, output), DrainRest(own.Error, error)).ConfigureAwait(false);
    }

    /// <summary>Returns the exit code as a shell reports it: 128 + signal if a signal ended the process.</summary>
    internal static int ExitCodeOf(ProcessEnd end) => end.Signal == 0 ? end.ExitCode : 128 + end.Signal;

    /// <summary>
    /// Guesses whether the out-of-memory killer ended the process. It uses SIGKILL, and nothing distinguishes that from another
    /// SIGKILL. But the host's own kills are known, and processes of the container cannot kill the first process.
    /// </summary>
    private bool EndedForWantOfMemory(ProcessEnd end, long killsBefore) =>
        end.Signal == SignalNumber.Kill && !Volatile.Read(ref isKilledByHost) && services.OutOfMemory.Count() > killsBefore;

    private Task<bool> Pump(PolledDescriptor? source, GuestDataStream? stream) =>
        source is null || stream is null ? Task.FromResult(true) : OutputPump.RunAsync(source, stream, isPipe: !request.Terminal);

    /// <summary>Discards what background processes still write to a pipe whose end was reported to the host.</summary>
    private Task DrainRest(PolledDescriptor? source, Task<bool> pump) =>
        source is null || pump.Result || request.Terminal ? Task.CompletedTask : OutputPump.DrainAsync(source);

    /// <summary>Starts the process. If it cannot be created in the control group, the child joins the group itself.</summary>
    private (Launch Launch, Task<ProcessEnd> End) Begin(StandardStreams own)
    {
        LaunchJob job = ComposeJob(own, services.Namespaces.FindFirst(request.JoinsContainer));
        try
        {
            return Begin(job);
        }
        catch (LinuxException failure) when (failure.Errno is Errno.EAGAIN or Errno.EBUSY && job.Group is not null)
        {
            return Begin(job with { JoinsGroupLate = true });
        }
    }

    private (Launch Launch, Task<ProcessEnd> End) Begin(LaunchJob job)
    {
        Launch launch = new(job, job.IsHeld ? ContainerNamespaces.OpenTree() : services.Namespaces.GetTree(job.Joined));
        try
        {
            SafeFileHandle? group = job.JoinsGroupLate ? null : job.Group;
            ProcessHandle process = services.Namespaces.Start(launch.Script, job.Joined, group, out Task<ProcessEnd> end);
            Volatile.Write(ref pid, process.ProcessId);
            LaunchException? failure = launch.Gate?.WaitUntilReached() == true ? null : launch.WaitForFailure();
            if (failure is null && job.Joined is null)
            {
                services.Namespaces.SetFirst(process, end);
            }
            else
            {
                process.Dispose();
            }

            return failure is null ? (launch, end) : throw failure;
        }
        catch
        {
            launch.Dispose();
            throw;
        }
    }

    /// <summary>Reports that the process waits, and releases it when the host requests it or the process has ended.</summary>
    private async Task HoldAsync(Launch launch, ExecutionGate gate, Task<ProcessEnd> ended)
    {
        await channel.SendAsync(new ProcessHeld(request.ProcessId)).ConfigureAwait(false);
        await Task.WhenAny(released.Task, ended).ConfigureAwait(false);
        gate.Open();
        if (launch.WaitForFailure() is { } failure)
        {
            throw failure;
        }
    }

    private LaunchJob ComposeJob(StandardStreams own, ProcessHandle? joined)
    {
        if (request.Arguments.Count == 0)
        {
            throw new LaunchException(StartFailure.CommandNotFound, "no command was given");
        }

        return new LaunchJob
        {
            Joined = joined,
            Group = services.Group?.Directory,
            Hostname = services.Configuration.Hostname,
            HasReaper = joined is null && services.Configuration.HasReaper,
            IsHeld = joined is null && request.IsHeld,
            Arguments = request.Arguments,
            Environment = request.Environment,
            WorkingDirectory = request.WorkingDirectory,
            User = request.User,
            AdditionalGroups = request.AdditionalGroups,
            CreationMask = request.CreationMask ?? UsualCreationMask,
            OutOfMemoryScore = request.OutOfMemoryScore ?? 0,
            StandardDescriptors = own.ProcessEnds,
            TerminalPath = own.TerminalPath,
            Capabilities = request.Capabilities is { } names ? ParseCapabilities(names) : null,
            NoNewPrivileges = request.NoNewPrivileges,
            ResourceLimits = request.ResourceLimits,
        };
    }

    private static ulong ParseCapabilities(IReadOnlyList<string> names)
    {
        ulong all = 0;
        foreach (string name in names)
        {
            all |= ParseCapability(name);
        }

        return all;
    }

    private static ulong ParseCapability(string name) =>
        CapabilitySet.Parse(name) is > 0 and var mask
            ? mask
            : throw new LaunchException(StartFailure.System, $"there is no capability named {name}");
}
