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
/// Serves files read-only in the root directory of a FUSE mount, until disposed of or unmounted. Detached, the mount has
/// no place in any directory tree: it ends with the process however that ends, kill -9 included. At a mount point,
/// everybody sees it, and a killed process leaves it behind (<see cref="FuseMounts.DetachStale"/>).
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

    /// <summary>Absolute path of the directory served; null where detached.</summary>
    public string? MountPoint { get; private set; }

    /// <summary>Ends when the session does and says why; fails with <see cref="FuseException"/> where the device did.</summary>
    public Task<FuseSessionEnd> Completion => completion.Task;

    public FuseStatistics Statistics => counters.Snapshot(reads.Pending);

    /// <summary>Serves in a mount that only <see cref="PathOf"/> and <see cref="OpenFile"/> lead to.</summary>
    /// <exception cref="FuseException">Not root, no /dev/fuse, a kernel too old.</exception>
    public static FuseSession StartDetached(IReadOnlyList<IFuseFile> files, FuseSessionOptions? options = null)
    {
        var session = new FuseSession(files, options ?? new FuseSessionOptions());
        session.threads.Start();
        return session;
    }

    /// <summary>
    /// Serves at a directory, which has to exist; what is in it is covered meanwhile. A mount that a killed session left
    /// there is removed first.
    /// </summary>
    /// <exception cref="FuseException">As for <see cref="StartDetached"/>; the mount point is missing or not a directory.</exception>
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

        // Open, it would keep everybody from unmounting.
        session.mount.Root.Dispose();
        return session;
    }

    /// <summary>
    /// A path by which other processes of this mount and pid namespace, if they may trace this one (root may), open a
    /// file for as long as the session lives.
    /// </summary>
    /// <exception cref="KeyNotFoundException">No such file.</exception>
    public string PathOf(string fileName)
    {
        string directory = MountPoint
            ?? string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{mount.Root.DangerousGetHandle()}");
        return $"{directory}/{files[fileName].Name}";
    }

    /// <summary>
    /// Opens a file of a detached session; the caller owns the descriptor, which is closed on exec. This process is not to
    /// map it: a thread that touches a map keeps the garbage collector waiting, and the collector keeps the session waiting.
    /// </summary>
    public SafeFileHandle OpenFile(string fileName) => MountPoint is null
        ? DetachedMounts.OpenFile(mount.Root, files[fileName].Name, flags: 0)
        : File.OpenHandle(PathOf(fileName));

    /// <summary>
    /// Unmounts, at once even if files are open: their readers get errors from now on. Cancels the reads being served and
    /// waits for them and for the threads.
    /// </summary>
    /// <exception cref="FuseException">A read did not end within <see cref="FuseSessionOptions.StopTimeout"/>.</exception>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref stopping, 1) != 0)
        {
            return;
        }

        // 1. Out of sight. 2. No more requests. 3. The reads end, then the threads, and only then what they use.
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

    /// <summary>Only the queue that a request was taken from knows of it; the others refuse the answer.</summary>
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
            // Somebody else has unmounted it this moment: that is what was to be done.
        }
    }

    /// <summary>
    /// Whether the mount seen at the mount point is this session's own, not one that took its place and, maybe, its number:
    /// the number was its own when it was looked up if the connection exists even after that.
    /// </summary>
    private bool IsAttached() => MountPoint is not null
        && MountTable.TopAt(MountPoint)?.DeviceMinor == mount.Connection.Number
        && mount.Connection.Exists;

    private void End() => completion.TrySetResult(Volatile.Read(ref stopping) != 0 ? FuseSessionEnd.Disposed : EndUnasked());

    /// <summary>umount -f gives ENODEV though it leaves a mount in use where it is: the errno does not tell.</summary>
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
    /// <summary>By its owner.</summary>
    Disposed,

    /// <summary>Somebody else unmounted it.</summary>
    Unmounted,

    /// <summary>Somebody else ended the connection: umount -f, or the kernel's control files. The mount may still be there.</summary>
    Aborted,
}
