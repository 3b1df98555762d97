using Hearth.FileTree.Walking;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.FileTree;

/// <summary>
/// Reads a directory tree into a <see cref="WalkedTree"/>: names, attributes, link targets, extended attributes; no contents.
/// Directories are entered by descriptor and name, so that no symbolic link is followed however the tree changes
/// meanwhile. What vanishes between its listing and its reading is left out; a directory that cannot be read is an error.
/// </summary>
public static class DirectoryWalker
{
    /// <summary>
    /// From this size on, what the walk itself needed is given back before the caller builds upon the tree: for a machine's
    /// root that is 45 MB less at the peak, for 15 ms.
    /// </summary>
    private const int LargeTreeNodes = 100_000;

    /// <summary>Walks on all processors and returns when all is read.</summary>
    /// <param name="root">The directory; a symbolic link to one is followed here, and only here.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the walk between two directories.</param>
    /// <exception cref="FileTreeException">The root is missing or no directory, or something below it cannot be read.</exception>
    public static WalkedTree Walk(string root, WalkOptions? options = null, CancellationToken cancellationToken = default)
    {
        WalkedTree walked = ReadTree(root, options ?? new WalkOptions(), cancellationToken);
        if (walked.Tree.NodeCount >= LargeTreeNodes)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        }

        return walked;
    }

    /// <summary>
    /// As <see cref="Walk"/> for a directory. Anything else becomes a tree of a single node, good for a <see cref="TreeLayer"/>
    /// only: its root is no directory.
    /// </summary>
    /// <param name="path">Of the operator's own choice; where it is a symbolic link, what it leads to is meant.</param>
    /// <param name="options">Null for the defaults; for a directory.</param>
    /// <param name="cancellationToken">Ends the walk between two directories.</param>
    /// <exception cref="FileTreeException">There is nothing, or something that cannot be read.</exception>
    public static WalkedTree WalkSource(string path, WalkOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (Directory.Exists(path))
        {
            return Walk(path, options, cancellationToken);
        }

        string file;
        try
        {
            file = Path.GetFullPath(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileTreeException(FileTreeError.NotFound, $"cannot take '{path}': there is no such file or directory; check the path", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FileTreeException(FileTreeError.Unreadable, $"cannot take '{path}': {exception.Message}", exception);
        }

        return ReadFile(file);
    }

    private static WalkedTree ReadFile(string path)
    {
        string directory = Path.GetDirectoryName(path) ?? "/";
        var rules = new WalkRules(directory, new WalkOptions());
        using SafeFileHandle opened = OpenRoot(directory);
        var parent = new PendingDirectory(null, [0], listing: 0, isOnTheWay: false) { Descriptor = opened };
        using var pending = new PendingDirectories(parent, workers: 1);
        var xattrSets = new XattrSets();
        using var worker = new WalkWorker(rules, pending, xattrSets);
        (Node node, HostIdentity identity) = worker.ReadFile(parent, [.. System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(path)), 0]);
        return new WalkedTree(new Tree(new[] { node }, [], [], xattrSets.ToArray()), new[] { identity });
    }

    private static WalkedTree ReadTree(string root, WalkOptions options, CancellationToken cancellationToken)
    {
        var rules = new WalkRules(root, options);
        var top = new PendingDirectory(null, [0], listing: 0, rules.IsRootOnTheWay) { Descriptor = OpenRoot(root) };
        int threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        using var pending = new PendingDirectories(top, threads);
        var xattrSets = new XattrSets();
        WalkWorker[] workers = [.. Enumerable.Range(0, threads).Select(_ => new WalkWorker(rules, pending, xattrSets))];
        try
        {
            (Node, HostIdentity) rootNode = workers[0].ReadRoot(top);
            RunAll(workers, cancellationToken);
            return new WalkResult(rootNode, workers, pending.ListingCount, xattrSets).ToTree();
        }
        finally
        {
            top.Descriptor.Dispose();
            Array.ForEach(workers, worker => worker.Dispose());
        }
    }

    private static void RunAll(WalkWorker[] workers, CancellationToken cancellationToken)
    {
        var failures = new Exception?[workers.Length];
        void Run(int index)
        {
            try
            {
                workers[index].Work(cancellationToken);
            }
            catch (Exception exception) when (exception is FileTreeException or OperationCanceledException or LinuxException or OutOfMemoryException)
            {
                failures[index] = exception;
            }
        }

        Thread[] others = [.. Enumerable.Range(1, workers.Length - 1).Select(index => new Thread(() => Run(index)) { Name = $"walk {index}" })];
        Array.ForEach(others, thread => thread.Start());
        try
        {
            Run(0);
        }
        finally
        {
            // Whatever happens: nothing is given back that another thread still fills.
            Array.ForEach(others, thread => thread.Join());
        }

        if (failures.FirstOrDefault(failure => failure is not null) is { } first)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
    }

    private static SafeFileHandle OpenRoot(string root)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(root, out SafeFileHandle directory);
        return errno switch
        {
            Errno.None => directory,
            Errno.ENOENT => throw new FileTreeException(FileTreeError.NotFound, $"cannot walk '{root}': there is no such directory; check the path"),
            Errno.ENOTDIR => throw new FileTreeException(FileTreeError.NotADirectory, $"cannot walk '{root}': it is not a directory; give the directory that is to be the root"),
            Errno.EACCES or Errno.EPERM => throw new FileTreeException(FileTreeError.PermissionDenied, $"cannot walk '{root}': permission denied; run as a user who may read it"),
            _ => throw new FileTreeException(FileTreeError.Unreadable, $"cannot walk: {new LinuxException("open", errno, root).Message}"),
        };
    }
}
