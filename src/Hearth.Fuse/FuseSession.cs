using System.Globalization;
using Hearth.Fuse.Serving;
using Hearth.Fuse.Statistics;
using Hearth.Fuse.Transport;
using Hearth.Linux;
using Hearth.Linux.Fuse;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse;

/// <summary>
/// Serves files read-only in the root directory of a FUSE mount, until it is disposed of or unmounted. A detached mount is in
/// no directory tree: it ends with the process, even on kill -9. A mount at a mount point is visible to everyone, and a
/// killed process leaves it behind (<see cref="FuseMounts.DetachStale"/>).
/// </summary>
public sealed class FuseSession : IAsyncDisposable
{
    private readonly FuseSessionOptions options;
    private readonly FuseMount mount;
    private readonly SessionThreads threads;
    private readonly FileReads reads;
    private readonly DeferredInterrupts deferred;
    private readonly FuseCounters counters;
    private readonly TaskCompletionSource<FuseSessionEnd> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, IFuseFile> files;
    private int stopping;

    private FuseSession(IReadOnlyList<IFuseFile> files, FuseSessionOptions options)
    {
        Check(options);
        this.options = options;
        var fileSet = new FileSet(files, options.Clock.GetUtcNow());
        this.files = files.ToDictionary(file => file.Name);
        counters = new FuseCounters(options.Clock);
        reads = new FileReads(options, counters);
        deferred = new DeferredInterrupts(AnswerEverywhere);
        mount = FuseMount.Create(options);
        var handler = new FileSetHandler(fileSet, reads, deferred, counters, options.Caching);
        threads = new SessionThreads(mount, handler, reads, counters, options, End, failure => completion.TrySetException(failure));
    }

    /// <summary>Absolute path of the served directory; null if detached.</summary>
    public string? MountPoint { get; private set; }

    /// <summary>
    /// Completes when the session ends, with the reason; fails with <see cref="FuseException"/> if the device failed.
    /// </summary>
    public Task<FuseSessionEnd> Completion => completion.Task;

    public FuseStatistics Statistics => counters.Snapshot(reads.Pending);

    /// <summary>Serves in a detached mount, reachable only through <see cref="PathOf"/> and <see cref="OpenFile"/>.</summary>
    /// <exception cref="FuseException">The process is not root, /dev/fuse is missing, or the kernel is too old.</exception>
    public static FuseSession StartDetached(IReadOnlyList<IFuseFile> files, FuseSessionOptions? options = null)
    {
        var session = new FuseSession(files, options ?? new FuseSessionOptions());
        session.threads.Start();
        return session;
    }

    /// <summary>
    /// Serves at an existing directory and hides its contents while mounted. First removes a mount that a killed session left
    /// there.
    /// </summary>
    /// <exception cref="FuseException">
    /// As for <see cref="StartDetached"/>; or the mount point is missing or not a directory.
    /// </exception>
    public static FuseSession StartAt(string mountPoint, IReadOnlyList<IFuseFile> files, FuseSessionOptions? options = null)
    {
        var session = new FuseSession(files, options ?? new FuseSessionOptions());
        string path = Path.GetFullPath(mountPoint);
        try
        {
            FuseMounts.DetachStale(path);
            DetachedMounts.Attach(session.mount.Root, path);
        }
        catch (Exception failure)
        {
            session.mount.Dispose();
            throw failure is LinuxException cause ? FuseFailures.OfAttach(path, cause) : failure;
        }

        session.MountPoint = path;
        session.threads.Start();

        // An open descriptor would prevent others from unmounting.
        session.mount.Root.Dispose();
        return session;
    }

    /// <summary>
    /// A path through which other processes can open a file for as long as the session lives. They must be in this mount and
    /// pid namespace and be allowed to trace this process (root is).
    /// </summary>
    /// <exception cref="KeyNotFoundException">The session has no such file.</exception>
    public string PathOf(string fileName)
    {
        string directory = MountPoint
            ?? string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{mount.Root.DangerousGetHandle()}");
        return $"{directory}/{files[fileName].Name}";
    }

    /// <summary>
    /// Opens a file of a detached session; the caller owns the descriptor, which is closed on exec. This process must not map
    /// the file: a thread blocked on a mapped page blocks the garbage collector, and the collector blocks the session.
    /// </summary>
    public SafeFileHandle OpenFile(string fileName) => MountPoint is null
        ? DetachedMounts.OpenFile(mount.Root, files[fileName].Name, flags: 0)
        : File.OpenHandle(PathOf(fileName));

    /// <summary>
    /// Unmounts immediately, even if files are open: their readers get errors from now on. Cancels the reads being served,
    /// then waits for them and for the threads.
    /// </summary>
    /// <exception cref="FuseException">A read did not end within <see cref="FuseSessionOptions.StopTimeout"/>.</exception>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref stopping, 1) != 0)
        {
            return;
        }

        // 1. Unmount. 2. Stop taking requests. 3. Wait for the reads, then the threads, then release what they use.
        Detach();
        mount.Root.Dispose();
        mount.Connection.Abort();
        Task ended = Task.WhenAll(reads.CloseAsync(), completion.Task.ContinueWith(_ => { }, TaskScheduler.Default));
        Task released = ended.ContinueWith(_ => Release(), TaskScheduler.Default);
        try
        {
            await released.WaitAsync(options.StopTimeout, options.Clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw FuseFailures.OfStop(options.StopTimeout, reads.Pending);
        }
    }

    private void Release()
    {
        threads.Dispose();
        deferred.Dispose();
        mount.Dispose();
    }

    /// <summary>Sends a reply to all queues: only the queue that the request came from accepts it; the others refuse it.</summary>
    private void AnswerEverywhere(byte[] reply)
    {
        foreach (DeviceQueue queue in mount.Queues)
        {
            queue.Send(reply);
        }
    }

    private void Detach()
    {
        if (!IsAttached())
        {
            return;
        }

        try
        {
            DetachedMounts.Detach(MountPoint!);
        }
        catch (LinuxException failure) when (failure.Errno is Errno.EINVAL or Errno.ENOENT)
        {
            // Another process has just unmounted it, which is what this call was to do.
        }
    }

    /// <summary>
    /// Whether the mount at the mount point belongs to this session. Another mount may have taken its place and even its
    /// number. If the connection still exists after the lookup, the number was this session's during the lookup.
    /// </summary>
    private bool IsAttached() => MountPoint is not null
        && MountTable.TopAt(MountPoint)?.DeviceMinor == mount.Connection.Number
        && mount.Connection.Exists;

    private void End() => completion.TrySetResult(Volatile.Read(ref stopping) != 0 ? FuseSessionEnd.Disposed : EndUnasked());

    /// <summary>
    /// umount -f returns ENODEV but leaves a busy mount in place, so the errno does not distinguish the two cases.
    /// </summary>
    private FuseSessionEnd EndUnasked() => MountPoint is null || IsAttached() ? FuseSessionEnd.Aborted : FuseSessionEnd.Unmounted;

    private static void Check(FuseSessionOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Threads, FuseSessionOptions.MaxThreads);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxPendingReads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxPendingReads, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxReadBytes, Environment.SystemPageSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxReadBytes, FuseSessionOptions.MaxReadLimitInBytes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(options.MaxReadBytes % Environment.SystemPageSize, 0);
    }
}

/// <summary>How a session ended.</summary>
public enum FuseSessionEnd
{
    /// <summary>Its owner disposed of it.</summary>
    Disposed,

    /// <summary>Another process unmounted it.</summary>
    Unmounted,

    /// <summary>
    /// Another process ended the connection: umount -f, or the kernel's control files. The mount may still exist.
    /// </summary>
    Aborted,
}
