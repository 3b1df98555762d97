using Hearth.Containers;
using Hearth.Containers.Health;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Linux.Processes;

namespace Hearth.Keeper.Health;

/// <summary>Runs the command of a check beside the container's process, with that process's user, directory and variables.</summary>
internal sealed class HealthProcess(HealthCheck check, KeeperLife life, TimeProvider clock)
{
    private const int BufferBytes = 4096;

    private int count;

    public async Task<HealthProbe> ProbeAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset start = clock.GetUtcNow();
        OutputHead output = new();
        Task<GuestProcess>? starting = null;
        try
        {
            GuestSession session = life.Require("check").Session;
            starting = StartAsync(session);
            ProcessExited end = await RunAsync(starting, output).WaitAsync(check.UsedTimeout, clock, cancellationToken).ConfigureAwait(false);
            return new HealthProbe(start, clock.GetUtcNow(), end.ExitCode, output.Text);
        }
        catch (TimeoutException)
        {
            _ = KillAsync(starting!);
            return new HealthProbe(start, clock.GetUtcNow(), HealthProbe.NotEnded, $"Health check exceeded timeout ({check.UsedTimeout.TotalSeconds:0.###}s): {output.Text}");
        }
        catch (OperationCanceledException)
        {
            return new HealthProbe(start, clock.GetUtcNow(), HealthProbe.NotEnded, "the container ended");
        }
        catch (HearthException failure)
        {
            return new HealthProbe(start, clock.GetUtcNow(), HealthProbe.NotEnded, failure.Message);
        }
    }

    private Task<GuestProcess> StartAsync(GuestSession session)
    {
        ProcessSpec process = life.Description.Spec.Process! with { Args = check.Command, Terminal = false };
        StartProcess request = GuestRequests.Start(process, $"health-{++count}", windowSize: null) with { JoinsContainer = true };
        return session.StartAsync(request, takesInput: false, CancellationToken.None);
    }

    private static async Task<ProcessExited> RunAsync(Task<GuestProcess> starting, OutputHead output)
    {
        GuestProcess process = await starting.ConfigureAwait(false);
        Task reading = Task.WhenAll(ReadAsync(process.Output, output), ReadAsync(process.Error!, output));
        await process.Started.ConfigureAwait(false);
        ProcessExited end = await process.Exited.ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        return end;
    }

    private static async Task ReadAsync(GuestDataStream stream, OutputHead output)
    {
        byte[] buffer = new byte[BufferBytes];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
            {
                output.Add(buffer.AsSpan(0, read));
            }
        }
        catch (GuestProtocolException)
        {
            // The process did not start, or the channel ended, which the process's end reports.
        }
    }

    /// <summary>Kills a process that takes too long, when the guest answers again.</summary>
    private static async Task KillAsync(Task<GuestProcess> starting)
    {
        try
        {
            GuestProcess process = await starting.ConfigureAwait(false);
            await process.Started.ConfigureAwait(false);
            await process.SignalAsync(SignalNumber.Kill, all: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (HearthException)
        {
            // It did not start, or the machine ended.
        }
    }
}
