using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Hearth.DiskImages;
using Hearth.DiskImages.Packed;
using Hearth.Linux.Processes;
using Hearth.Machines;
using Hearth.Machines.Firecracker;
using Hearth.Runtime.Cache;
using Hearth.Runtime.Rootfs;
using Hearth.Runtime.Specification;
using Hearth.Runtime.State;
using Hearth.Runtime.Volumes;

namespace Hearth.Runtime;

/// <summary>A container to run: its description, and what the description has no word for.</summary>
public sealed record RunRequest
{
    public static readonly TimeSpan DefaultBootTimeout = TimeSpan.FromSeconds(60);

    /// <summary>An emulated processor is many times slower, and slower yet beside others that boot.</summary>
    public static readonly TimeSpan DefaultEmulatedBootTimeout = TimeSpan.FromSeconds(180);

    public required ContainerSpec Spec { get; init; }

    public required RuntimeDirectories Directories { get; init; }

    public RootfsOptions Rootfs { get; init; } = new();

    /// <summary>Size of a disk-backed writable layer; null for one in the guest's memory.</summary>
    public ByteSize? ScratchSize { get; init; }

    /// <summary>Directories of the host that the container may write to, and named volumes.</summary>
    public IReadOnlyList<VolumeMount> Volumes { get; init => field = value ?? []; } = [];

    public VmmKind Vmm { get; init; }

    public Accelerator Accelerator { get; init; }

    /// <summary>A file for the guest's console; null to keep only its last lines, and with Firecracker to have none at all.</summary>
    public string? ConsoleLog { get; init; }

    /// <summary>The users of which the machine gets one, and with it its confinement; null to leave the VMM this program's own rights.</summary>
    public UserRange? MachineUsers { get; init; } = UserRange.Default;

    /// <summary>Where Firecracker's jails stand; null for the default.</summary>
    public string? JailBase { get; init; }

    /// <summary>How Firecracker's jailer confines the machine; null where nothing does.</summary>
    internal FirecrackerJailOptions? Jail => MachineUsers is null
        ? null
        : new FirecrackerJailOptions { BaseDirectory = string.IsNullOrEmpty(JailBase) ? FirecrackerJailOptions.DefaultBaseDirectory : JailBase };

    /// <summary>The control group beneath which the container gets its own; null for the default. The description may name the whole place.</summary>
    public string? ControlGroupParent { get; init; }

    /// <summary>A kernel's name in the store, or a path of an imported kernel; null for the newest.</summary>
    public string? Kernel { get; init; }

    /// <summary>The program that becomes the guest's first process; null for the one beside this program.</summary>
    public string? InitPath { get; init; }

    /// <summary>
    /// How long the guest may take for each step of its start: its first word, the container's world, the command. Null for
    /// <see cref="DefaultBootTimeout"/>, or by emulation <see cref="DefaultEmulatedBootTimeout"/>.
    /// </summary>
    public TimeSpan? BootTimeout { get; init; }

    /// <summary>The host's rules of a time zone by its name, which replace the image's; <c>local</c> for the host's own, null to leave the image's.</summary>
    public string? TimeZone { get; init; }

    /// <summary>True for a process 1 that passes signals on and reaps orphans, with the command as its child (docker's --init).</summary>
    public bool HasReaper { get; init; }

    /// <summary>Where the disk-backed layer stays for the container's next start; null for one that goes with the run.</summary>
    public string? ScratchPath { get; init; }

    /// <summary>Told, a line each, what people should know while they wait; "warning: " begins what they should look at.</summary>
    [JsonIgnore]
    public Action<string> Notice { get; init; } = _ => { };

    /// <summary>The variables of the program that runs it.</summary>
    [JsonIgnore]
    public HostEnvironment Environment { get; init; } = HostEnvironment.Empty;

    /// <summary>True to give the caller's standard input to the workload.</summary>
    public bool Interactive { get; init; }
}

/// <summary>How a directory becomes a root file system.</summary>
public sealed record RootfsOptions
{
    /// <summary>Null for the first of lazy, SquashFS and ext4 that succeeds.</summary>
    public RootfsMode? Mode { get; init; }

    /// <summary>Of a lazily served disk; null for the best that the kernel can mount.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>Of a packed SquashFS.</summary>
    public PackCompression Compression { get; init; }

    /// <summary>Of the compression; null for its own default.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>Of a packed SquashFS: true to give each file blocks of its own.</summary>
    public bool NoFragments { get; init; }

    /// <summary>What the three say of a packed SquashFS.</summary>
    internal SquashFsPacking Packing => new(Compression, CompressionLevel, NoFragments);

    /// <summary>Where prepared images are taken from and kept; null for nowhere.</summary>
    [JsonIgnore]
    public ImageCache? Cache { get; init; }

    /// <summary>Declares that the directory does not change; null to look.</summary>
    public ImmutableRoot? Immutable { get; init; }

    /// <summary>True to go on into file systems mounted beneath the directory, but not into /proc, /sys and /dev: the guest has its own.</summary>
    public bool CrossMounts { get; init; }

    /// <summary>Paths below the root; where any are given, only they and what leads to them are taken.</summary>
    public IReadOnlyList<string> Include { get; init => field = value ?? []; } = [];

    /// <summary>Paths below the root that are left out.</summary>
    public IReadOnlyList<string> Exclude { get; init => field = value ?? []; } = [];

    /// <summary>What is laid over the directory, in this order; neither <see cref="Include"/> nor <see cref="Exclude"/> concerns it.</summary>
    public IReadOnlyList<RootfsBind> Binds { get; init => field = value ?? []; } = [];
}

/// <summary>A root that does not change, so that it need not be walked when a cache knows it.</summary>
/// <param name="Digest">
/// Names the tree, as an image's digest does: two directories of the same digest are the same tree, wherever they are mounted.
/// Null for a directory that stays the same in its place.
/// </param>
public sealed record ImmutableRoot(string? Digest)
{
    private const int LeastHexDigits = 32;

    /// <summary>Takes a digest as the OCI image specification writes them (image-spec, descriptor.md): <c>sha256:5891b5b5…</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ImmutableRoot? immutable)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        bool isDigest = colon > 0
            && text[..colon].All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '.' or '_' or '-')
            && text.Length - colon > LeastHexDigits
            && text[(colon + 1)..].All(char.IsAsciiHexDigitLower);
        immutable = isDigest ? new ImmutableRoot(text) : null;
        return isDigest;
    }
}

/// <summary>A directory or file of the host that is part of a root, read-only as all of it.</summary>
/// <param name="Destination">Where, resolved inside the root alone.</param>
/// <param name="Source">A path of the host; where it is a symbolic link, what it leads to is meant.</param>
/// <param name="Recursive">True to go on into file systems mounted beneath the source.</param>
public sealed record RootfsBind(string Destination, string Source, bool Recursive)
{
    /// <summary>True where the guest may change it for itself, in its own layer; else it can not at all.</summary>
    public bool IsWritable { get; init; }

    /// <summary>mount(8)'s options that restrict its use: <c>noexec</c> and the like.</summary>
    public IReadOnlyList<string> Options { get; init => field = value ?? []; } = [];
}
