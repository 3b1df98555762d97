using Hearth.FileTree.Walking;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.FileTree;

/// <summary>
/// Reads a directory tree into a <see cref="WalkedTree"/>: names, attributes, link targets and extended attributes, but no
/// file contents. It opens directories by descriptor and name, so that it follows no symbolic link even while the tree
/// changes. It omits an entry that vanishes between listing and reading. A directory that cannot be read is an error.
/// </summary>
public static class DirectoryWalker
{
    /// <summary>
    /// From this size on, the memory of the walk itself is collected before the caller builds on the tree. For the root of a
    /// machine, this lowers the peak by 45 MB and takes 15 ms.
    /// </summary>
    private const int LargeTreeNodes = 100_000;

    /// <summary>Walks a directory tree, by default with one thread per processor.</summary>
    /// <param name="root">The directory; if it is a symbolic link, the link is followed. No link below it is.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the walk between two directories.</param>
    /// <exception cref="FileTreeException">
    /// The root does not exist or is not a directory, or something below it cannot be read.
    /// </exception>
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
    /// Walks a directory as <see cref="Walk"/> does. Any other file becomes a tree of a single node. Such a tree is usable
    /// only as a <see cref="TreeLayer"/>, since its root is not a directory.
    /// </summary>
    /// <param name="path">Chosen by the operator; a symbolic link is followed.</param>
    /// <param name="options">Used for a directory; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the walk between two directories.</param>
    /// <exception cref="FileTreeException">The path does not exist or cannot be read.</exception>
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
            throw new FileTreeException(FileTreeError.NotFound, $"cannot read '{path}': there is no such file or directory; check the path", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FileTreeException(FileTreeError.Unreadable, $"cannot read '{path}': {exception.Message}", exception);
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
        (Node node, SourceIdentity identity) = worker.ReadFile(parent, [.. System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(path)), 0]);
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
            (Node, SourceIdentity) rootNode = workers[0].ReadRoot(top);
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
            // Wait even after a failure: the caller then releases the memory that these threads fill.
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
            Errno.ENOTDIR => throw new FileTreeException(FileTreeError.NotADirectory, $"cannot walk '{root}': it is not a directory; give the root's directory"),
            Errno.EACCES or Errno.EPERM => throw new FileTreeException(FileTreeError.PermissionDenied, $"cannot walk '{root}': permission denied; run as a user who may read it (root with CAP_DAC_OVERRIDE)"),
            _ => throw new FileTreeException(FileTreeError.Unreadable, $"cannot walk: {new LinuxException("open", errno, root).Message}"),
        };
    }
}
