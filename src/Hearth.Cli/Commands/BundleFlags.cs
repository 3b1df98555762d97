using Hearth.Cli.CommandLine;
using Hearth.Containers;
using Hearth.OciRuntime.Bundles;

namespace Hearth.Cli.Commands;

/// <summary>How <c>hearth run</c> takes an OCI bundle in place of a directory and a command.</summary>
internal sealed class BundleFlags(CommandContext context)
{
    private readonly Flag<string?> bundle = Flag.Text("--bundle", "DIR", "run the OCI bundle in DIR, as its config.json says; an argument is\nthe container's id", "-b");

    private readonly Flag<bool> allowSnapshotBinds = Flag.Switch("--allow-snapshot-binds",
        "take binds that ask to be writable as they stand, instead of\nsharing them: the guest's changes stay in its own layer");

    public Flag[] All => [bundle, allowSnapshotBinds];

    public bool AreGiven(ParsedLine line) => line.GetValue(bundle) is not null;

    /// <param name="line">With --bundle.</param>
    /// <param name="flags">Of the run.</param>
    /// <param name="description">What does not come from the bundle.</param>
    /// <exception cref="UsageException">A flag or an argument that says what config.json says.</exception>
    /// <exception cref="HearthException">The bundle cannot be taken.</exception>
    public ContainerDescription Read(ParsedLine line, RunFlags flags, ContainerDescription description)
    {
        Flag[] told = [flags.Tty, flags.Env, flags.EnvFile, flags.Workdir, flags.User, flags.Hostname, flags.Cpus, flags.Memory, flags.ReadOnly, flags.Tmpfs, .. flags.Volumes.All, .. flags.Process.OfDescription, .. flags.Guest.OfDescription];
        if (told.FirstOrDefault(flag => line.IsGiven(flag)) is { } refused)
        {
            throw new UsageException($"{refused.Name} cannot be given with --bundle: its config.json says it");
        }

        if (line.GetValue(flags.Command) is [string unexpected, ..])
        {
            throw new UsageException($"unexpected argument '{unexpected}': with --bundle, config.json says what to run");
        }

        Bundle read = Bundle.Read(line.GetValue(bundle)!, line.GetValue(allowSnapshotBinds));
        foreach (string warning in read.Warnings)
        {
            context.Warn(warning);
        }

        return description with
        {
            Spec = read.Spec,
            Interactive = true,
            Volumes = read.Volumes,
            Rootfs = description.Rootfs with
            {
                Binds = read.Binds,
                Exclude = [.. description.Rootfs.Exclude, .. read.Exclude],
                Immutable = description.Rootfs.Immutable ?? read.Digest,
            },
        };
    }
}
