using System.Security.Cryptography;
using Hearth.Guest.Protocol.Messages;
using Hearth.Runtime.Specification;

namespace Hearth.Runtime.Guest;

/// <summary>Writes a container's description as requests to the guest's init.</summary>
internal static class GuestRequests
{
    /// <summary>What the kernel's pool takes in at once, with room to spare.</summary>
    private const int EntropyInBytes = 64;

    /// <param name="spec">The container.</param>
    /// <param name="defaultHostname">For a container without one.</param>
    /// <param name="root">What its root is made of.</param>
    /// <param name="now">The wall clock.</param>
    /// <exception cref="RuntimeException">A mount of a kind that cannot be honoured.</exception>
    public static ConfigureGuest Configure(ContainerSpec spec, string defaultHostname, RootConfiguration root, DateTimeOffset now) => new()
    {
        Hostname = spec.Hostname ?? defaultHostname,
        Root = root,
        Mounts = [.. spec.Mounts.Select(Mount)],
        UnixTimeNanoseconds = UnixTimeNanoseconds(now),
        Entropy = RandomNumberGenerator.GetBytes(EntropyInBytes),
    };

    public static StartProcess Start(ProcessSpec process, string processId, WindowSize? windowSize) => new()
    {
        ProcessId = processId,
        Arguments = process.Args,
        Environment = process.Env,
        WorkingDirectory = process.Cwd,
        User = process.User.Username ?? UserOf(process.User),
        AdditionalGroups = process.User.AdditionalGids,
        Terminal = process.Terminal,
        WindowSize = windowSize ?? (process.ConsoleSize is { } size ? new WindowSize(size.Width, size.Height) : null),
        Capabilities = process.Capabilities?.Effective,
        NoNewPrivileges = process.NoNewPrivileges,
        ResourceLimits = [.. process.Rlimits.Select(limit => new ResourceLimit(limit.Type, limit.Soft, limit.Hard))],
    };

    public static long UnixTimeNanoseconds(DateTimeOffset now) => (now - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private static string UserOf(UserSpec user) => user is { Uid: 0, Gid: 0 } ? "" : $"{user.Uid}:{user.Gid}";

    private static GuestMount Mount(MountSpec mount) => mount.Type == "tmpfs"
        ? new GuestMount(mount.Destination, mount.Type, mount.Source ?? mount.Type, mount.Options)
        : throw new RuntimeException(RuntimeError.InvalidRequest,
            $"cannot mount '{mount.Source}' of type '{mount.Type}' on '{mount.Destination}': only tmpfs mounts are supported");
}
