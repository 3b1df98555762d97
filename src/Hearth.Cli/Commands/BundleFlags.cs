using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.OciRuntime.Bundles;

namespace Hearth.Cli.Commands;

/// <summary>The flags of <c>hearth run</c> for an OCI bundle, which replaces directory and command.</summary>
internal sealed class BundleFlags(CommandContext context)
{
    private readonly Flag<string?> bundle = Flag.Text("--bundle", "DIR", "run the OCI bundle in DIR; an argument is the container's id", "-b");

    private readonly Flag<bool> allowSnapshotBinds = Flag.Switch("--allow-snapshot-binds",
        "take a snapshot of writable binds at start, instead of sharing\nthem: the guest's changes go to its writable layer");

    public Flag[] All => [bundle, allowSnapshotBinds];

    public bool AreGiven(ParsedLine line) => line.GetValue(bundle) is not null;

    /// <param name="line">With --bundle.</param>
    /// <param name="flags">Of the run.</param>
    /// <param name="description">What does not come from the bundle.</param>
    /// <exception cref="UsageException">A flag or an argument that config.json already determines.</exception>
    /// <exception cref="HearthException">The bundle cannot be run.</exception>
    public ContainerDescription Read(ParsedLine line, RunFlags flags, ContainerDescription description)
    {
        Flag[] described = [flags.Tty, flags.Env, flags.EnvFile, flags.Workdir, flags.User, flags.Hostname, flags.Domainname, flags.ReadOnly, flags.Tmpfs, .. flags.Limits.All, .. flags.Privileges.All, .. flags.Volumes.All, .. flags.Process.OfDescription, .. flags.Guest.OfDescription, flags.Metadata.Annotations];
        if (described.FirstOrDefault(line.IsGiven) is { } refused)
        {
            throw new UsageException($"{refused.Name} cannot be given with --bundle: config.json has it");
        }

        if (line.GetValue(flags.Command) is [string unexpected, ..])
        {
            throw new UsageException($"unexpected argument '{unexpected}': with --bundle, config.json says what to run");
        }

        Bundle read = Bundle.Read(line.GetValue(bundle)!, line.GetValue(allowSnapshotBinds));
        context.Show(read.Diagnostics);

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
