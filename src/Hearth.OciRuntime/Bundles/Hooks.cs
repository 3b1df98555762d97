using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Specification;
using Hearth.Linux;

namespace Hearth.OciRuntime.Bundles;

/// <summary>
/// Runs a container's hooks: programs of the host, one after the other. Each gets the container's state as its standard input, and
/// only the environment in its description. A hook fails if it cannot be started, or its status is not 0. It also fails if it
/// exceeds its timeout; then it is killed.
/// </summary>
/// <param name="hooks">Null for none.</param>
/// <param name="clock">The source of the time.</param>
internal sealed class Hooks(HooksSpec? hooks, TimeProvider clock)
{
    /// <summary>Runs the hooks of one point.</summary>
    /// <param name="point">The point.</param>
    /// <param name="state">The container's state.</param>
    /// <param name="diagnose">Receives a warning for each failure after the start, which does not affect the container.</param>
    /// <param name="cancellationToken">Kills the running hook.</param>
    /// <exception cref="HearthException">
    /// A hook before the workload's start failed. Later hooks were not run, and the caller must end the container.
    /// </exception>
    public async Task RunAsync(HookPoint point, StateSpec state, Action<Diagnostic> diagnose, CancellationToken cancellationToken = default)
    {
        byte[] json = state.ToJson();
        foreach ((int index, HookSpec hook) in At(point).Index())
        {
            string name = $"{char.ToLowerInvariant(point.ToString()[0])}{point.ToString()[1..]} hook {index} ('{hook.Path}')";
            if (await TryRunAsync(hook, json, cancellationToken).ConfigureAwait(false) is not string failure)
            {
                continue;
            }

            if (point is HookPoint.Poststart or HookPoint.Poststop)
            {
                diagnose(Diagnostic.Warning(DiagnosticCode.HookFailed, $"{name} failed: {failure}"));
            }
            else
            {
                throw new HearthException(HearthError.HookFailed, $"{name} failed: {failure}");
            }
        }
    }

    private IReadOnlyList<HookSpec> At(HookPoint point) => point switch
    {
        HookPoint.Prestart => hooks?.Prestart ?? [],
        HookPoint.CreateRuntime => hooks?.CreateRuntime ?? [],
        HookPoint.CreateContainer => hooks?.CreateContainer ?? [],
        HookPoint.StartContainer => hooks?.StartContainer ?? [],
        HookPoint.Poststart => hooks?.Poststart ?? [],
        _ => hooks?.Poststop ?? [],
    };

    /// <returns>The failure; null if there was none.</returns>
    private async Task<string?> TryRunAsync(HookSpec hook, byte[] state, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var deadline = new CancellationTokenSource(hook.Timeout is int seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan, clock);
        using CancellationTokenRegistration late = deadline.Token.Register(stopping.Cancel);
        try
        {
            using HookProcess process = HookProcess.Start(hook, state);
            int status = await process.WaitAsync(stopping.Token).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            string words = process.Output.Length > 0 ? $": {process.Output}" : "";
            return deadline.IsCancellationRequested ? $"it took longer than {hook.Timeout} s{words}"
                : status != 0 ? $"it ended with {(status > ExitCodes.SignalBase ? $"signal {status - ExitCodes.SignalBase}" : $"status {status}")}{words}"
                : null;
        }
        catch (LinuxException exception)
        {
            return exception.Message;
        }
    }
}
