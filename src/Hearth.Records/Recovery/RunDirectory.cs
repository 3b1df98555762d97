using Hearth.Containers;

namespace Hearth.Records.Recovery;

/// <summary>
/// A container's directory beneath the run directory: the record of host resources it has taken, its sockets, its initramfs.
/// It appears in one step: it is filled under a hidden name that identifies the process at work, then renamed.
/// </summary>
public sealed class RunDirectory
{
    public const string ResourcesFile = "resources.json";

    private volatile bool isKept;

    private RunDirectory(ContainerId id, string path, RunResources resources)
    {
        Id = id;
        Path = path;
        Resources = resources;
    }

    public ContainerId Id { get; }

    public string Path { get; }

    public RunResources Resources { get; private set; }

    /// <exception cref="HearthException">The directory cannot be made.</exception>
    public static RunDirectory Create(HearthDirectories directories, RunResources resources)
    {
        if (!ContainerId.TryParse(resources.Id, out ContainerId id))
        {
            throw new ArgumentException($"'{resources.Id}' is not a container id");
        }

        string path = System.IO.Path.Combine(directories.Containers, resources.Id);
        string hidden = System.IO.Path.Combine(directories.Containers, HiddenName.Of(resources.Owner, resources.Id));
        var directory = new RunDirectory(id, path, resources);
        try
        {
            Directory.CreateDirectory(directories.Containers);
            Directory.CreateDirectory(hidden, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            AtomicFile.Write(System.IO.Path.Combine(hidden, ResourcesFile), resources.ToJson());
            Directory.Move(hidden, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed,
                $"cannot make the container's directory '{path}': {exception.Message}; --run-dir names another place", exception);
        }

        return directory;
    }

    /// <exception cref="HearthException">The file cannot be written.</exception>
    public void Update(RunResources resources)
    {
        try
        {
            AtomicFile.Write(System.IO.Path.Combine(Path, ResourcesFile), resources.ToJson());
            Resources = resources;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot write the container's list of resources in '{Path}': {exception.Message}", exception);
        }
    }

    /// <summary>Deletes the directory. Everything mounted in it must be unmounted before. Does nothing after a failure of <see cref="KeepIfFails"/>.</summary>
    public void Delete()
    {
        if (!isKept)
        {
            Remove(Path);
        }
    }

    /// <summary>
    /// Releases a resource that outlives this process. If that fails, the directory with its record stays, and the next command, which finds that
    /// the owner has ended, tries again.
    /// </summary>
    public void KeepIfFails(Action release)
    {
        try
        {
            release();
        }
        catch
        {
            isKept = true;
            throw;
        }
    }

    /// <summary>
    /// Removes a container's directory. It gets a hidden name first: if the process is killed half-way, the next reconciliation
    /// removes the rest.
    /// </summary>
    /// <returns>False if another process removed it first.</returns>
    public static bool Remove(string path)
    {
        string name = System.IO.Path.GetFileName(path);
        string hidden = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, HiddenName.Of(ProcessIdentity.Current, name[(name.LastIndexOf('-') + 1)..]));
        try
        {
            Directory.Move(path, hidden);
            Directory.Delete(hidden, recursive: true);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>The name of a directory that is being created or removed: <c>.PID-START-ID</c>.</summary>
    internal static class HiddenName
    {
        public static string Of(ProcessIdentity worker, string id) => $".{worker.Pid}-{worker.StartTime}-{id}";

        /// <summary>The process at work; null for any other name.</summary>
        public static ProcessIdentity? WorkerOf(string name)
        {
            string[] parts = name.TrimStart('.').Split('-');
            return name.StartsWith('.') && parts.Length == 3 && int.TryParse(parts[0], out int pid) && ulong.TryParse(parts[1], out ulong start)
                ? new ProcessIdentity(pid, start)
                : null;
        }
    }
}
