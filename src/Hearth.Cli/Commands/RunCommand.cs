using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Cli.Rendering;
using Hearth.Linux.Descriptors;
using Hearth.Machines.Firecracker;
using Hearth.Runtime;
using Hearth.Runtime.Attachment;
using Hearth.Runtime.Machines;
using Hearth.Runtime.Specification;
using Hearth.Runtime.State;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth run</c>: a directory becomes a microVM's root, and a command runs in it.</summary>
internal sealed class RunCommand(CommandContext context, GlobalFlags global)
{
    private readonly RunFlags flags = new(context, global);

    public HearthCommand Create()
    {
        HearthCommand command = new HearthCommand("run", "Run a command in a microVM whose root is a directory")
        {
            Usage = "[FLAGS] DIRECTORY [--] COMMAND [ARG...]\n        hearth run [FLAGS] --bundle DIR [ID]",
            Details = """
                The directory is neither copied nor packed: the guest's disk is computed from its names and
                attributes, and a file's bytes are read when the guest first touches them. What the guest
                writes goes to a layer of its own and is gone at the end; the directory is never written.

                Flags end at DIRECTORY: what follows belongs to the command. The exit code is the command's:
                125 if hearth itself failed, 126 if the command cannot be executed, 127 if it is not in the
                directory, 128+N if signal N ended it.
                """,
            FlagsEndAtFirstArgument = true,
            Examples =
            [
                ("hearth run / uname -a", "this machine's own root, as a microVM"),
                ("hearth run -it --memory 1g ./debian bash", "a shell in a tree made by debootstrap"),
                ("hearth run -e DEBUG=1 -u app -w /srv --tmpfs /run ./image /srv/start --fast", "as a user, with variables and a tmpfs"),
                ("hearth run --bundle /run/bundles/web web-1", "an OCI bundle, with an id of one's own"),
                ("hearth run --timings --report run.json / python3 -c 'print(6*7)'", "where the time goes, and how little is read"),
            ],
        }
            .WithFlags("Bundle", flags.Bundle.All)
            .WithFlags("Process", flags.Interactive, flags.Tty, flags.Env, flags.EnvFile, flags.Workdir, flags.User)
            .WithFlags("Machine", flags.Cpus, flags.Memory, flags.Hostname, flags.Vmm, flags.Accel, flags.Kernel, flags.Console, flags.BootTimeout)
            .WithFlags("Confinement", flags.NoJailer, flags.UidRange, flags.JailBase)
            .WithFlags("Root file system", [flags.ReadOnly, flags.Tmpfs, flags.Scratch, flags.RootfsMode, flags.RootfsFormat, .. flags.Pack.All, .. flags.Tree.All])
            .WithFlags("Cache", flags.Cache.All)
            .WithFlags("Reports", flags.Timings, flags.Report);
        command.Arguments.Add(flags.Directory);
        command.Arguments.Add(flags.Command);
        command.SetAction((line, cancellationToken) => RunAsync(command, line, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(HearthCommand command, ParseResult line, CancellationToken cancellationToken)
    {
        RunRequest request;
        try
        {
            request = ReadRequest(command, line);
        }
        catch (RuntimeException failure)
        {
            await context.Error.WriteLineAsync($"hearth: {failure.Message}");
            return failure.ExitCode;
        }

        using var input = new SafeFileHandle(0, ownsHandle: false);
        using var output = new SafeFileHandle(1, ownsHandle: false);
        using var error = new SafeFileHandle(2, ownsHandle: false);
        bool terminal = request.Spec.Process!.Terminal;
        if (terminal && request.Interactive && !TerminalAttachment.IsTerminal(input))
        {
            throw new UsageException(command.FullName, "the input device is not a terminal: leave out -t (of a bundle, process.terminal), or run hearth from one");
        }

        var streams = new WorkloadStreams
        {
            Input = request.Interactive ? new DescriptorStream(input, FileAccess.Read) : null,
            Output = new DescriptorStream(output, FileAccess.Write),
            Error = new DescriptorStream(error, FileAccess.Write),
            Keyboard = terminal && request.Interactive ? input : null,
            Screen = terminal ? output : null,
        };
        using var run = new ContainerRun(request, context.Clock, context.StartTimestamp);
        using var relay = new SignalRelay(run.Signal, () => Resize(run, output));
        RunOutcome outcome = await run.ExecuteAsync(streams, cancellationToken);
        return Tell(outcome, line);
    }

    private RunRequest ReadRequest(HearthCommand command, ParseResult line) => flags.Bundle.AreGiven(line)
        ? flags.Bundle.Read(line, flags, ReadRequest(command, line, new ContainerSpec()), command.FullName)
        : ReadRequest(command, line, RunSpecification.Read(flags, line, command.FullName, context.Environment));

    private RunRequest ReadRequest(HearthCommand command, ParseResult line, ContainerSpec spec) => new()
    {
        Spec = spec,
        Directories = global.Directories(line, context),
        Rootfs = ReadRootfs(command.FullName, line),
        Notice = context.Notice,
        ScratchSize = line.GetValue(flags.Scratch),
        Vmm = line.GetValue(flags.Vmm),
        Accelerator = line.GetValue(flags.Accel),
        ConsoleLog = line.GetValue(flags.Console),
        JailBase = line.GetValue(flags.JailBase) ?? context.Environment(FirecrackerJailOptions.BaseVariable),
        MachineUsers = ReadUsers(command, line),
        Kernel = line.GetValue(flags.Kernel),
        InitPath = context.Environment(GuestInit.Variable),
        BootTimeout = line.GetValue(flags.BootTimeout) ?? RunRequest.DefaultBootTimeout,
        Interactive = line.GetValue(flags.Interactive),
    };

    private RootfsOptions ReadRootfs(string command, ParseResult line)
    {
        RootfsOptions tree = flags.Tree.Read(line, line.GetValue(flags.RootfsFormat));
        return flags.Cache.Read(line, flags.Pack.Read(line, tree, command), command) with { Mode = line.GetValue(flags.RootfsMode) };
    }

    private UserRange? ReadUsers(HearthCommand command, ParseResult line)
    {
        try
        {
            UserRange range = UserRange.Resolve(line.GetValue(flags.UidRange), context.Environment);
            return line.GetValue(flags.NoJailer) ? null : range;
        }
        catch (FormatException exception)
        {
            throw new UsageException(command.FullName, exception.Message);
        }
    }

    private static void Resize(ContainerRun run, SafeFileHandle screen)
    {
        if (TerminalAttachment.SizeOf(screen) is { } size)
        {
            run.Resize(size);
        }
    }

    private int Tell(RunOutcome outcome, ParseResult line)
    {
        foreach (string warning in outcome.Warnings)
        {
            context.Warn(warning);
        }

        if (outcome.Failure is { } failure)
        {
            context.Error.WriteLine($"hearth: {failure.Message}");
        }

        if (line.GetValue(flags.Timings))
        {
            Waterfall.Draw(Drawing.OnError(context), outcome.Report.Phases);
            if (outcome.Report is { Vmm: { } vmm, VmmReason: { } reason })
            {
                context.Error.WriteLine($"{vmm}: {reason}");
            }

            context.Error.WriteLine(outcome.Report.Rootfs is { } rootfs ? Laziness.Describe(rootfs) : "nothing was read");
        }

        if (line.GetValue(flags.Report) is { } file)
        {
            outcome.Report.WriteTo(file);
        }

        return outcome.ExitCode;
    }
}
