using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;

namespace Hearth.OciRuntime.Bundles;

/// <summary>
/// An OCI bundle: a directory with a <c>config.json</c> (runtime-spec 1.2, bundle.md and config.md). This holds the parts that a
/// run needs. A setting that cannot be honoured is an error if the container could not work without it, otherwise a warning.
/// </summary>
/// <param name="Spec">The configuration, with an absolute root and only the mounts that the guest makes.</param>
/// <param name="Binds">Directories and files that are added to the root's disk.</param>
/// <param name="Exclude">Files that the root's disk must not contain: the configuration itself, if it is below the root.</param>
/// <param name="Digest">The declared digest of the root's tree, from <see cref="DigestAnnotation"/>; may be null.</param>
/// <param name="Diagnostics">Warnings about settings that have no effect, or a different one.</param>
public sealed record Bundle(
    ContainerSpec Spec, IReadOnlyList<RootfsBind> Binds, IReadOnlyList<string> Exclude, ImmutableRoot? Digest, IReadOnlyList<Diagnostic> Diagnostics)
{
    public const string ConfigurationFile = "config.json";

    /// <summary>Directories and files of the host that the container may write to.</summary>
    public IReadOnlyList<VolumeMount> Volumes { get; init; } = [];

    /// <summary>The annotation for the root's digest, such as that of its image.</summary>
    public const string DigestAnnotation = "org.hearth.rootfs.digest";

    /// <summary>A machine with less does not boot. A lower limit in the specification applies to the processes in the guest.</summary>
    private const int LeastMemoryInMebibytes = 128;

    /// <param name="directory">The bundle's directory.</param>
    /// <param name="allowSnapshotBinds">
    /// True to take a snapshot of writable binds instead of sharing them. The guest's changes go to its own layer, and are lost at
    /// its end.
    /// </param>
    /// <exception cref="HearthException">The bundle is missing or malformed, or cannot be honoured.</exception>
    public static Bundle Read(string directory, bool allowSnapshotBinds)
    {
        string bundle = Path.GetFullPath(directory);
        string file = Path.Combine(bundle, ConfigurationFile);
        byte[] json = ReadFile(bundle, file);
        ContainerSpec spec = ContainerSpec.Parse(json, file);
        BundleChecks.Check(spec, file);
        var mounts = new BundleMounts(bundle, file, allowSnapshotBinds);
        foreach (MountSpec mount in spec.Mounts)
        {
            mounts.Take(mount);
        }

        string root = Path.GetFullPath(spec.Root!.Path, bundle);
        return new Bundle(
            spec with
            {
                Root = spec.Root with { Path = root },
                Mounts = mounts.Guests,
                Annotations = WithLeastMemory(spec),
            },
            mounts.Binds,
            HeldBy(root, file) is string held ? [held] : [],
            DigestOf(spec, file),
            [.. BundleChecks.Unhonoured(json), .. mounts.Diagnostics])
        {
            Volumes = mounts.Volumes,
        };
    }

    /// <summary>The place of the file with DNS servers.</summary>
    internal const string Resolver = "/etc/resolv.conf";

    /// <summary>The host's file that the bundle binds there; null for none.</summary>
    internal string? ResolverFile =>
        Volumes.LastOrDefault(volume => volume.Destination == Resolver)?.Source ?? Binds.LastOrDefault(bind => bind.Destination == Resolver)?.Source;

    private static byte[] ReadFile(string bundle, string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new HearthException(HearthError.InvalidRequest,
                $"cannot use '{bundle}' as a bundle: it has no {ConfigurationFile}; 'runc spec' writes an example", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot read '{file}': {exception.Message}", exception);
        }
    }

    private static IReadOnlyDictionary<string, string> WithLeastMemory(ContainerSpec spec) => MachineShape.Of(spec).MemoryInMebibytes < LeastMemoryInMebibytes
        ? new Dictionary<string, string>(spec.Annotations) { [MachineShape.MemoryAnnotation] = $"{LeastMemoryInMebibytes}m" }
        : spec.Annotations;

    /// <summary>
    /// The file's path relative to the root; null if it is not below the root. The guest can read the whole disk, and the file may
    /// contain secrets.
    /// </summary>
    private static string? HeldBy(string root, string file)
    {
        string relative = Path.GetRelativePath(RealPath(root), RealPath(file));
        return relative.StartsWith("../", StringComparison.Ordinal) ? null : relative;
    }

    /// <summary>The path with symbolic links resolved, as far as it exists.</summary>
    private static string RealPath(string path)
    {
        string? parent = Path.GetDirectoryName(path);
        if (parent is null)
        {
            return path;
        }

        string here = Path.Combine(RealPath(parent), Path.GetFileName(path));
        FileSystemInfo? target = Directory.Exists(here) ? Directory.ResolveLinkTarget(here, returnFinalTarget: false) : File.Exists(here) ? File.ResolveLinkTarget(here, returnFinalTarget: false) : null;
        return target is null ? here : RealPath(target.FullName);
    }

    private static ImmutableRoot? DigestOf(ContainerSpec spec, string file)
    {
        if (!spec.Annotations.TryGetValue(DigestAnnotation, out string? digest))
        {
            return null;
        }

        return ImmutableRoot.TryParse(digest, out ImmutableRoot? immutable)
            ? immutable
            : throw new HearthException(HearthError.InvalidRequest, $"cannot use '{file}': the annotation {DigestAnnotation} is '{digest}', which is not a digest such as sha256:5891b5b5…");
    }
}
