using Hearth.Client;
using Hearth.Client.Attachment;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Machines.Firecracker;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth run</c>: a directory or an image becomes a microVM's root, and a command runs in it.</summary>
internal sealed class RunCommand(CommandContext context, GlobalFlags global)
{
    private readonly RunFlags flags = new(context, global);

    public Command Create() => Describe(new Command("run", "Run a command in a microVM whose root is a directory or an image")
    {
        Usage = "[FLAGS] DIRECTORY [--] COMMAND [ARG...]\n        hearth run [FLAGS] IMAGE [--] [COMMAND] [ARG...]\n        hearth run [FLAGS] --bundle DIR [ID]",
        Details = """
            A root that begins with '/' or '.' is a directory. Anything else is the name of an image, which is
            fetched if it is missing; command, variables, user and working directory then have its defaults.

            The root is neither copied nor packed: the guest's disk is computed from its names and
            attributes, and a file's bytes are read when the guest first touches them. What the guest
            writes goes to a writable layer; the root is never written. The layer is in the guest's memory
            and lost when the command exits. With --scratch it is on a disk and exists until the container is
            removed. For data that must survive, use a directory of the host or a volume (-v).

            As with docker, a container remains after its command has exited ('hearth ps -a', 'hearth logs'),
            unless --rm is given.

            Flags end at the root: what follows belongs to the command. The exit code is the command's:
            125 if hearth itself failed, 126 if the command cannot be executed, 127 if it does not exist,
            128+N if signal N ended it.
            """,
        FlagsEndAtFirstArgument = true,
        Examples =
        [
            ("hearth run / uname -a", "this machine's own root, as a microVM"),
            ("hearth run -it --rm --memory 1g ./debian bash", "a shell in a tree made by debootstrap"),
            ("hearth run -it --rm python:3.13", "an image of a registry"),
            ("hearth run -d --name web ./image /srv/start", "in the background"),
            ("hearth run -e DEBUG=1 -u app -w /srv --tmpfs /run ./image /srv/start --fast", "as a user, with variables and a tmpfs"),
            ("hearth run -v $PWD:/src -v cache:/var/cache -w /src ./image make", "share the working directory, and use a volume"),
            ("hearth run --bundle /run/bundles/web web-1", "an OCI bundle, with a chosen id"),
            ("hearth run --timings --report run.json / python3 -c 'print(6*7)'", "where the time goes, and how much is read"),
        ],
    }, isRun: true)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => RunAsync(line)));

    /// <summary>Adds the arguments and flags that describe a container.</summary>
    internal Command Describe(Command command, bool isRun)
    {
        command
            .WithFlags("Container", [.. isRun ? flags.Container.OfRun : flags.Container.OfCreate, .. flags.Metadata.All])
            .WithFlags("Bundle", flags.Bundle.All)
            .WithFlags("Process", [flags.Interactive, flags.Tty, flags.Attach.Streams, flags.Env, flags.EnvFile, flags.Workdir, flags.User, .. flags.Process.All, .. flags.Privileges.All])
            .WithFlags("Limits", flags.Limits.All)
            .WithFlags("Machine", [flags.Hostname, flags.Domainname, .. flags.Guest.All, flags.Vmm, flags.Accel, flags.Kernel, flags.Console, flags.BootTimeout])
            .WithFlags("Network", flags.Network.All)
            .WithFlags("Confinement", flags.NoJailer, flags.UidRange, flags.JailBase, flags.ControlGroupParent)
            .WithFlags("Root file system", [flags.ReadOnly, flags.Tmpfs, .. flags.Volumes.All, flags.Scratch, flags.RootfsMode, flags.RootfsFormat, .. flags.Pack.All, .. flags.Tree.All])
            .WithFlags("Health", flags.Container.Health.All)
            .WithFlags("Image", [flags.Pull, .. flags.Images.All, .. flags.Lazy.All])
            .WithFlags("Cache", flags.Cache.All)
            .WithFlags("Refused", flags.Refused.All)
            .WithArguments(flags.Root, flags.Command);
        return isRun ? command.WithFlags("Reports", flags.Timings, flags.Report) : command;
    }

    /// <summary>Creates a container; removes it again if its id cannot be written to the --cidfile.</summary>
    internal async Task<Container> CreateAsync(IContainers service, ContainerDescription description, ParsedLine line)
    {
        Container container = await service.CreateAsync(description);
        try
        {
            flags.Container.WriteIdFile(line, container.Id);
            return container;
        }
        catch (HearthException)
        {
            await service.RemoveAsync(container.Id, force: false);
            throw;
        }
    }

    private async Task<int> RunAsync(ParsedLine line)
    {
        bool isDetached = line.GetValue(flags.Container.Detach);
        if (isDetached && (line.GetValue(flags.Timings) || line.GetValue(flags.Report) is not null))
        {
            throw new UsageException("--timings and --report report of a container that has ended: use them without --detach");
        }

        using DescribedRun described = await DescribeAsync(line);
        ContainerDescription description = described.Description with { InputEndsWithClient = !isDetached };
        AttachedStreams attached = flags.Attach.Read(line, isDetached);
        using CallerStreams caller = CallerStreams.Open(context, description.Interactive && !isDetached && attached.HasFlag(AttachedStreams.Input), description.Spec.Process!.Terminal, attached);
        if (!isDetached)
        {
            caller.RequireTerminal();
        }

        IContainers service = ContainerCommands.Open(context, global, line);
        Container container = await CreateAsync(service, description, line);
        described.Dispose();
        if (isDetached)
        {
            await service.StartAsync(container.Id, context.Show, new StartTiming(context.StartTimestamp));
            await context.Output.WriteLineAsync(container.Id);
            return 0;
        }

        if (attached == AttachedStreams.Input)
        {
            // As with docker: a caller that gets no output gets the id.
            await context.Output.WriteLineAsync(container.Id);
        }

        ClientAttachment attachment = caller.Attach(flags.Container.ReadDetachKeys(line), line.GetValue(flags.Container.SignalProxy));
        RunOutcome? outcome = await service.StartAttachedAsync(container.Id, attachment, new StartTiming(context.StartTimestamp));
        return outcome is null ? 0 : Report(outcome with { Report = WithWay(outcome.Report, described.Way) }, line);
    }

    /// <summary>Describes a container; fetches its image if it has one that is missing.</summary>
    internal async Task<DescribedRun> DescribeAsync(ParsedLine line)
    {
        foreach (string warning in flags.Refused.Check(line))
        {
            context.Warn(warning);
        }

        bool isBundle = flags.Bundle.AreGiven(line);
        string? root = line.GetValue(flags.Root);
        CheckPaths(line, root, isBundle);
        if (isBundle)
        {
            return new DescribedRun(flags.Container.Apply(line, flags.Bundle.Read(line, flags, Read(line, new ContainerSpec())), root));
        }

        Func<string, string?> environment = context.Environment.Find;
        if (root is null || RootArgument.IsDirectory(root))
        {
            string directory = root ?? throw new UsageException("the root is missing: name a directory or an image, or a --bundle");
            return new DescribedRun(await InheritAsync(flags.Container.Apply(line, Read(line, RunSpecification.Read(flags, line, directory, () => RunSpecification.ReadProcess(flags, line, environment))), null), line));
        }

        RootArgument.RefuseFlags(flags, line);
        ProcessSpec process = new() { Terminal = line.GetValue(flags.Tty) };
        ContainerDescription chosen = await InheritAsync(flags.Container.Apply(line, Read(line, RunSpecification.Read(flags, line, root, () => process)), null), line);
        return await RootArgument.DescribeAsync(context, flags, line, root, chosen, RunSpecification.ReadChoices(flags, line, environment));
    }

    /// <summary>What other containers have precedes the volumes of the image.</summary>
    private Task<ContainerDescription> InheritAsync(ContainerDescription description, ParsedLine line) =>
        flags.Volumes.InheritAsync(() => ContainerCommands.Open(context, global, line), description, line);

    /// <summary>Paths of directories are those of the host that runs the container: another host checks them by itself.</summary>
    private void CheckPaths(ParsedLine line, string? root, bool isBundle)
    {
        if (global.FindHost(line, context) is not { } access)
        {
            flags.Volumes.RequireSources(line);
            return;
        }

        if (isBundle)
        {
            throw new UsageException($"--bundle cannot be given for {access}: bundles are read on the host that runs them; run hearth there");
        }

        if (flags.Limits.Devices.All.FirstOrDefault(line.IsGiven) is { } limit)
        {
            throw new UsageException($"{limit.Name} cannot be given for {access}: it names a disk of this host; run hearth there");
        }

        if (root is ['.', ..])
        {
            throw new UsageException($"the root '{root}' is relative, and {access} has directories of its own: give the absolute path there");
        }
    }

    /// <summary>The variables that are defaults of containers: those of the host that runs them.</summary>
    private Func<string, string?> HostVariables(ParsedLine line) => global.FindHost(line, context) is null ? context.Environment.Find : _ => null;

    private ContainerDescription Read(ParsedLine line, ContainerSpec spec) => flags.Volumes.Apply(new ContainerDescription
    {
        Spec = spec,
        Rootfs = ReadRootfs(line),
        Cache = flags.Cache.ReadSettings(line),
        ScratchSize = line.GetValue(flags.Scratch),
        Network = flags.Network.Read(line, HostVariables(line)),
        Vmm = line.GetValue(flags.Vmm),
        Accelerator = line.GetValue(flags.Accel),
        ConsoleLog = line.GetValue(flags.Console),
        ControlGroupParent = line.GetValue(flags.ControlGroupParent),
        JailBase = line.GetValue(flags.JailBase) ?? HostVariables(line)(FirecrackerJailOptions.BaseVariable),
        MachineUsers = ReadUsers(line),
        Kernel = line.GetValue(flags.Kernel),
        InitPath = HostVariables(line)(ContainerDescription.InitVariable),
        BootTimeout = line.GetValue(flags.BootTimeout),
        Interactive = line.GetValue(flags.Interactive),
        TimeZone = line.GetValue(flags.Guest.TimeZone),
        HasReaper = line.GetValue(flags.Process.Init),
        IsPrivileged = flags.Privileges.IsPrivileged(line),
    }, line);

    private RootfsOptions ReadRootfs(ParsedLine line)
    {
        RootfsOptions tree = flags.Tree.Read(line, line.GetValue(flags.RootfsFormat));
        return flags.Cache.Read(line, flags.Pack.Read(line, tree)) with { Mode = line.GetValue(flags.RootfsMode) };
    }

    private UserRange? ReadUsers(ParsedLine line)
    {
        try
        {
            UserRange range = UserRange.Resolve(line.GetValue(flags.UidRange), HostVariables(line));
            return line.GetValue(flags.NoJailer) ? null : range;
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <summary>The keeper does not know what was fetched before it began.</summary>
    private static RunReport WithWay(RunReport report, ImageWay? way) => way == ImageWay.Eager && report.Rootfs?.Image is { Way: ImageWay.Cached } image
        ? report with { Rootfs = report.Rootfs with { Image = image with { Way = ImageWay.Eager } } }
        : report;

    private int Report(RunOutcome outcome, ParsedLine line)
    {
        context.Show(outcome.Diagnostics);

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
