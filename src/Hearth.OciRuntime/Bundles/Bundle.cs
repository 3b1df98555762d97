using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;

namespace Hearth.OciRuntime.Bundles;

/// <summary>
/// An OCI bundle: a directory with a <c>config.json</c> (runtime-spec 1.2, bundle.md and config.md), as what a run needs of it.
/// What cannot be honoured is an error where the container could not do its work without it, and a warning where it could.
/// </summary>
/// <param name="Spec">With an absolute root, and only the mounts that the guest makes.</param>
/// <param name="Binds">What is laid over the root.</param>
/// <param name="Exclude">What must not be in the root's disk: the configuration itself, where the root holds it.</param>
/// <param name="Digest">Declares which tree the root is, from <see cref="DigestAnnotation"/>; may be null.</param>
/// <param name="Diagnostics">What of it has no effect, or another one.</param>
public sealed record Bundle(
    ContainerSpec Spec, IReadOnlyList<RootfsBind> Binds, IReadOnlyList<string> Exclude, ImmutableRoot? Digest, IReadOnlyList<Diagnostic> Diagnostics)
{
    public const string ConfigurationFile = "config.json";

    /// <summary>What of the host the container may write to.</summary>
    public IReadOnlyList<VolumeMount> Volumes { get; init; } = [];

    /// <summary>An annotation whose value is the root's digest, as of its image.</summary>
    public const string DigestAnnotation = "org.hearth.rootfs.digest";

    /// <summary>A machine with less does not boot; a specification's limits are for processes, and hold inside.</summary>
    private const int LeastMemoryInMebibytes = 128;

    /// <param name="directory">The bundle.</param>
    /// <param name="allowSnapshotBinds">
    /// Takes binds that ask to be writable as they stand, instead of sharing them: the guest's changes go to its own layer, and
    /// are gone at its end.
    /// </param>
    /// <exception cref="HearthException">No bundle, a malformed one, or one that cannot be honoured.</exception>
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

    private static byte[] ReadFile(string bundle, string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new HearthException(HearthError.InvalidRequest,
                $"cannot take '{bundle}' as a bundle: it has no {ConfigurationFile}; 'runc spec' writes one to begin with", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot read '{file}': {exception.Message}", exception);
        }
    }

    private static IReadOnlyDictionary<string, string> WithLeastMemory(ContainerSpec spec) => MachineShape.Of(spec).MemoryInMebibytes < LeastMemoryInMebibytes
        ? new Dictionary<string, string>(spec.Annotations) { [MachineShape.MemoryAnnotation] = $"{LeastMemoryInMebibytes}m" }
        : spec.Annotations;

    /// <summary>The file's path below a root that holds it; it may hold secrets, and an image is for the guest to read.</summary>
    private static string? HeldBy(string root, string file)
    {
        string relative = Path.GetRelativePath(RealPath(root), RealPath(file));
        return relative.StartsWith("../", StringComparison.Ordinal) ? null : relative;
    }

    /// <summary>The path without symbolic links, as far as it is there.</summary>
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
            : throw new HearthException(HearthError.InvalidRequest, $"cannot use '{file}': the annotation {DigestAnnotation} is '{digest}', which is no digest such as sha256:5891b5b5…");
    }
}
