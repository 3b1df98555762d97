using System.Globalization;
using System.Text;
using Hearth.Client;
using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Control.Attachment;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.OciRuntime;

/// <summary>
/// Further processes in a container. If an engine needs a process of the host to wait for, this program starts itself again with
/// the engine's streams. That stand-in carries the streams, and exits with the process's status.
/// </summary>
public sealed partial class EngineRuntime
{
    /// <summary>Set for a stand-in: the descriptor on which it reports that the process has started.</summary>
    private const string StandInVariable = "HEARTH_EXEC_STARTED";

    private const int StartedNumber = 3;

    private const string ExecAct = "exec";

    /// <summary>The exit code of runc's exec if the process did not start.</summary>
    public const int NotStarted = 255;

    private const byte Started = (byte)'+';

    /// <summary>Whether this program is a stand-in for a process.</summary>
    /// <param name="environment">Looks up a variable.</param>
    public static bool IsStandIn(Func<string, string?> environment) => environment(StandInVariable) is { Length: > 0 };

    /// <summary>Runs a process with this program's own streams, and waits for its end.</summary>
    /// <param name="id">The engine's id of the container.</param>
    /// <param name="describe">Derives the process from the container's first one.</param>
    /// <param name="isStandIn">As <see cref="IsStandIn"/>. A stand-in reports the start to the process that waits for it.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="HearthException">The container does not run, or the process cannot be started.</exception>
    public async Task<int> ExecAsync(string id, Func<ProcessSpec, ProcessSpec> describe, bool isStandIn)
    {
        using SafeFileHandle input = new(0, ownsHandle: false);
        using SafeFileHandle output = new(1, ownsHandle: false);
        using SafeFileHandle error = new(2, ownsHandle: false);
        using SafeFileHandle? waiting = isStandIn ? new SafeFileHandle(StartedNumber, ownsHandle: true) : null;
        try
        {
            Container container = await EngineFailures.TranslateAsync(ExecAct, "", "", () => Task.FromResult(FindJoinable(id))).ConfigureAwait(false);
            ProcessSpec process = describe(container.Description.Spec.Process!);
            bool hasTerminal = process.Terminal;
            if (isStandIn && hasTerminal)
            {
                PseudoTerminals.TakeControl(input);
            }

            ClientAttachment attachment = new()
            {
                Streams = new WorkloadStreams
                {
                    Input = new DescriptorStream(input, FileAccess.Read),
                    Output = new DescriptorStream(output, FileAccess.Write),
                    Error = new DescriptorStream(error, FileAccess.Write),
                    Keyboard = hasTerminal ? input : null,
                    Screen = hasTerminal ? output : null,
                },
                Diagnose = diagnose,
                Started = _ => Answer(waiting, [Started]),
            };
            return await EngineFailures.TranslateAsync(
                ExecAct, process.Args[0], process.Cwd, () => service.ExecAsync(container.Id, process, attachment, endsWithClient: true)).ConfigureAwait(false);
        }
        catch (HearthException failure) when (waiting is { IsClosed: false })
        {
            Answer(waiting, Encoding.UTF8.GetBytes(failure.Message));
            return NotStarted;
        }
    }

    /// <summary>Finds a container whose state permits another process.</summary>
    /// <exception cref="HearthException">Its state does not permit one. The message is runc's.</exception>
    private Container FindJoinable(string id)
    {
        Container container = Find(id);
        return EngineState.Of(container).Status switch
        {
            "created" or "running" => container,
            "paused" => throw new HearthException(HearthError.WrongState, "cannot exec in a paused container (use --ignore-paused to override)"),
            _ => throw new HearthException(HearthError.WrongState, "cannot exec in a stopped container"),
        };
    }

    /// <summary>Starts a stand-in, and returns when its process runs.</summary>
    /// <param name="words">The command line of this program, which the stand-in gets too.</param>
    /// <param name="environment">The variables of this program, which the stand-in gets too.</param>
    /// <param name="consoleSocket">Receives the master side of its terminal; null for none.</param>
    /// <param name="size">The terminal's size; null for the default.</param>
    /// <param name="pidFile">The file that receives the stand-in's pid; null for none.</param>
    /// <exception cref="HearthException">The container does not run, or the process cannot be started.</exception>
    public static void ExecDetached(IReadOnlyList<string> words, HostEnvironment environment, string? consoleSocket, ConsoleSizeSpec? size, string? pidFile)
    {
        InheritedDescriptors.Seal();
        using EngineTerminal? terminal = consoleSocket is null ? null : EngineTerminal.Give(consoleSocket, size);
        (SafeFileHandle reading, SafeFileHandle writing) = DescriptorIO.CreatePipe();
        using (reading)
        {
            int pid;
            using (writing)
            {
                pid = Spawn(words, environment, terminal?.Streams, writing);
            }

            string answer = ReadAll(reading);
            if (answer.Length == 0 || answer[0] != Started)
            {
                throw new HearthException(HearthError.GuestFailed, answer.Length > 0 ? answer : "cannot start the process: the process that carries its streams ended immediately");
            }

            if (pidFile is not null)
            {
                AtomicFile.Write(Path.GetFullPath(pidFile), Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)));
            }
        }
    }

    private static int Spawn(IReadOnlyList<string> words, HostEnvironment environment, KeeperStandardStreams? streams, SafeFileHandle writing)
    {
        using SafeFileHandle input = new(0, ownsHandle: false);
        using SafeFileHandle output = new(1, ownsHandle: false);
        using SafeFileHandle error = new(2, ownsHandle: false);
        try
        {
            return ProcessSpawning.SpawnInNewSession(
                "/proc/self/exe", words, [.. environment.Lines, $"{StandInVariable}={StartedNumber}"], (streams?.Input ?? input, 0), (streams?.Output ?? output, 1), (streams?.Error ?? error, 2), (writing, StartedNumber));
        }
        catch (LinuxException exception)
        {
            throw new HearthException(HearthError.HostUnsuitable, $"cannot start a process to carry the streams: {exception.Message}", exception);
        }
    }

    private static string ReadAll(SafeFileHandle reading)
    {
        using MemoryStream answer = new();
        new DescriptorStream(reading, FileAccess.Read).CopyTo(answer);
        return Encoding.UTF8.GetString(answer.ToArray());
    }

    private static void Answer(SafeFileHandle? waiting, byte[] words)
    {
        if (waiting is { IsClosed: false })
        {
            DescriptorIO.WriteAll(waiting, words);
            waiting.Dispose();
        }
    }
}
