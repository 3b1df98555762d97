using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Hearth.Records.Recovery;
using Hearth.Records.Volumes;

namespace Hearth.Records;

/// <summary>
/// The containers of this host, each a directory of its own beneath <see cref="HearthDirectories.Records"/>:
/// <c>container.json</c>, <c>state.json</c>, the log. A name is a link to its container's id; creating the link makes the
/// name unique. Many processes may use the store at the same time.
/// </summary>
/// <param name="directories">The directories that hold the containers.</param>
/// <param name="clock">The time of events of volumes that are removed with containers.</param>
public sealed partial class ContainerStore(HearthDirectories directories, TimeProvider clock)
{
    private const string DescriptionFile = "container.json";
    private const string StateFile = "state.json";
    private const int MostSuggestions = 100;
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public HearthDirectories Directories => directories;

    /// <summary>The directory of a container's description, state and log.</summary>
    public string DirectoryOf(string id) => Path.Combine(directories.Records, id);

    /// <summary>Creates the record of a new container.</summary>
    /// <param name="description">Gets an id and a time, and a name if it has none.</param>
    /// <exception cref="HearthException">The name is taken or invalid, or the state directory cannot be written.</exception>
    public Container Create(ContainerDescription description)
    {
        string id = ContainerId.New().ToString();
        try
        {
            Directory.CreateDirectory(directories.Records, OwnersOnly);
            Directory.CreateDirectory(directories.Names);

            // One at a time: a name whose container does not exist yet looks like one that a killed process left.
            using DirectoryLock alone = DirectoryLock.Take(directories.Names);
            string taken = description.Name.Length == 0 ? TakeAnyName(id) : TakeName(description.Name, id);
            try
            {
                return Write(description with { Id = id, Name = taken, Created = clock.GetUtcNow() });
            }
            catch
            {
                ReleaseName(taken, id);
                throw;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed("store a container", directories.Records, exception);
        }
    }

    /// <summary>Finds the one container that a name, an id or the beginning of an id identifies.</summary>
    /// <exception cref="HearthException">None, or more than one.</exception>
    public Container Resolve(string reference) => TryRead(FindId(reference)) ?? throw Unknown(reference);

    /// <summary>Finds the id only and does not read the record. The container may be removed before the caller reads it.</summary>
    /// <exception cref="HearthException">None, or more than one.</exception>
    public string FindId(string reference)
    {
        string exact = TargetOf(reference) ?? reference;
        if (ContainerId.TryParse(exact, out _) && File.Exists(Path.Combine(DirectoryOf(exact), DescriptionFile)))
        {
            return exact;
        }

        string[] matches = reference.Length > 0 && reference.All(char.IsAsciiHexDigitLower)
            ? [.. Ids().Where(id => id.StartsWith(reference, StringComparison.Ordinal)).Take(2)]
            : [];
        return matches switch
        {
            [string id] => id,
            [_, _] => throw new HearthException(HearthError.InvalidRequest, $"'{reference}' may be several containers: give more of its id, or its name"),
            _ => throw Unknown(reference),
        };
    }

    /// <summary>All containers whose record can be read, the newest first. One damaged record, or one of a newer version, hides no other.</summary>
    /// <param name="damaged">Receives why each other one cannot be read; null to leave them out.</param>
    public IReadOnlyList<Container> List(Action<HearthException>? damaged = null) =>
        [.. ReadEach(TryRead, damaged).OfType<Container>().OrderByDescending(container => container.Description.Created)];

    /// <summary>Containers whose keeper has gone without recording their end. Reads the states only.</summary>
    /// <param name="damaged">Receives why a state cannot be read.</param>
    internal IEnumerable<string> FindAbandoned(Action<HearthException> damaged) => ReadEach(
        id => TryReadFile(id, StateFile, ContainersJson.Default.ContainerState) is { Keeper: not null, IsHeld: false } ? id : null, damaged).OfType<string>();

    private List<T?> ReadEach<T>(Func<string, T?> read, Action<HearthException>? damaged)
        where T : class
    {
        List<T?> found = [];
        foreach (string id in Ids())
        {
            try
            {
                found.Add(read(id));
            }
            catch (HearthException exception)
            {
                damaged?.Invoke(exception);
            }
        }

        return found;
    }

    /// <summary>Reads a container; null if none has this id.</summary>
    public Container? TryRead(string id) => ContainerId.TryParse(id, out _)
        && TryReadFile(id, DescriptionFile, ContainersJson.Default.ContainerDescription) is { } description
        && TryReadFile(id, StateFile, ContainersJson.Default.ContainerState) is { } state
            ? new Container(description, state, DirectoryOf(id))
            : null;

    /// <summary>As <see cref="TryRead"/>; null also if the record cannot be read.</summary>
    public Container? Find(string id)
    {
        try
        {
            return TryRead(id);
        }
        catch (HearthException)
        {
            return null; // Lists say why.
        }
    }

    /// <exception cref="HearthException">The file cannot be written.</exception>
    public void WriteState(string id, ContainerState state) =>
        WriteFile(id, StateFile, JsonSerializer.SerializeToUtf8Bytes(state, ContainersJson.Default.ContainerState));

    /// <summary>Changes a container's description. Changes are made one at a time, so that none is lost.</summary>
    /// <param name="id">The whole id.</param>
    /// <param name="change">Takes the stored description and returns the new one.</param>
    /// <returns>The new description.</returns>
    /// <exception cref="HearthException">The container is gone, or the file cannot be written.</exception>
    public ContainerDescription ChangeDescription(string id, Func<ContainerDescription, ContainerDescription> change)
    {
        try
        {
            using DirectoryLock alone = DirectoryLock.Take(directories.Names);
            ContainerDescription changed = change(ReadDescription(id));
            WriteDescription(changed);
            return changed;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LinuxException)
        {
            throw Failed("change the record of a container", directories.Names, exception);
        }
    }

    /// <summary>Renames a container.</summary>
    /// <param name="id">The whole id.</param>
    /// <param name="name">The new name.</param>
    /// <returns>The description before and after.</returns>
    /// <exception cref="HearthException">The new name is taken, invalid or the old one, or the container is gone.</exception>
    public (ContainerDescription Before, ContainerDescription After) Rename(string id, string name)
    {
        try
        {
            using DirectoryLock alone = DirectoryLock.Take(directories.Names);
            ContainerDescription before = ReadDescription(id);
            if (name == before.Name)
            {
                throw new HearthException(HearthError.InvalidRequest, $"cannot rename container '{name}': the new name is the same name; give another one");
            }

            ContainerDescription after = before with { Name = TakeName(name, id) };
            WriteDescription(after);
            ReleaseName(before.Name, id);
            return (before, after);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LinuxException)
        {
            throw Failed($"rename container {id[..12]}", directories.Names, exception);
        }
    }

    /// <summary>
    /// Tries to take the right to start or to remove a container. A keeper holds it as long as it lives. The right ends with the
    /// process that took it, however that ends.
    /// </summary>
    /// <returns>Null if another process has it.</returns>
    /// <exception cref="HearthException">The container is gone.</exception>
    public ContainerHold? TryHold(string id) => ContainerHold.TryTake(DirectoryOf(id));

    /// <summary>Takes the right to start or to remove a container, and waits while another process has it.</summary>
    /// <exception cref="TimeoutException">It was not released in time.</exception>
    public Task<ContainerHold> HoldAsync(string id, TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken) =>
        ContainerHold.TakeAsync(DirectoryOf(id), timeout, clock, cancellationToken);

    /// <summary>Locks a container against keepers, unless a keeper has it: waits until another client releases the lock, or a keeper has recorded that it runs.</summary>
    /// <param name="id">The whole id.</param>
    /// <param name="timeout">The longest wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null if a keeper has the container and answers requests.</returns>
    /// <exception cref="HearthException">The container does not exist.</exception>
    /// <exception cref="TimeoutException">Another process has held the lock for the whole time.</exception>
    public async Task<ContainerHold?> HoldUnlessKeptAsync(string id, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (TryHold(id) is { } free)
        {
            return free;
        }

        using DirectorySignal changes = new(DirectoryOf(id));
        using CancellationTokenSource kept = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<ContainerHold> holding = HoldAsync(id, timeout, clock, kept.Token);
        while (!holding.IsCompleted)
        {
            Task change = changes.Next();
            if (TryRead(id) is { State.IsHeld: true })
            {
                await kept.CancelAsync().ConfigureAwait(false);
                return null;
            }

            await Task.WhenAny(holding, change).ConfigureAwait(false);
        }

        return await holding.ConfigureAwait(false);
    }

    /// <summary>
    /// Removes the record of a container. The name is freed before the directory is removed. <see cref="RemoveUnfinished"/>
    /// removes what a process leaves that is killed between the two.
    /// </summary>
    /// <param name="container">The caller holds its lock.</param>
    /// <exception cref="HearthException">Something cannot be removed.</exception>
    public void Remove(Container container)
    {
        try
        {
            File.Delete(Path.Combine(container.RecordDirectory, DescriptionFile));
            ReleaseName(container.Name, container.Id);
            Directory.Delete(container.RecordDirectory, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Already removed.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed($"remove container '{container.Name}'", container.RecordDirectory, exception);
        }
    }

    /// <summary>Removes the anonymous volumes of a container that was removed, except those that another container has.</summary>
    /// <exception cref="HearthException">A volume cannot be removed, or the record of another container, which may have it, cannot be read.</exception>
    public void RemoveVolumes(Container removed) => new VolumeStore(directories, clock).RemoveAnonymous(removed.Description.Volumes);

    /// <summary>Removes a container whose record cannot be read. Its anonymous volumes stay, since nobody knows them.</summary>
    /// <param name="id">The whole id; the caller holds the container's lock.</param>
    /// <exception cref="HearthException">Something cannot be removed.</exception>
    public void RemoveDamaged(string id)
    {
        try
        {
            File.Delete(Path.Combine(DirectoryOf(id), DescriptionFile));
            foreach (string link in Directory.EnumerateFileSystemEntries(directories.Names))
            {
                ReleaseName(Path.GetFileName(link), id);
            }

            Directory.Delete(DirectoryOf(id), recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed($"remove container '{id[..12]}'", DirectoryOf(id), exception);
        }
    }

    private static HearthException Unknown(string reference) =>
        new(HearthError.ContainerUnknown, $"there is no container '{reference}': 'hearth ps -a' lists all");

    private IEnumerable<string> Ids() => Directory.Exists(directories.Records)
        ? Directory.EnumerateDirectories(directories.Records).Select(path => Path.GetFileName(path)).Where(name => ContainerId.TryParse(name, out _))
        : [];

    /// <summary>
    /// Creates the directory in one step: it is filled under a hidden name that identifies the process at work, then renamed.
    /// </summary>
    private Container Write(ContainerDescription description)
    {
        string hidden = Path.Combine(directories.Records, RunDirectory.HiddenName.Of(ProcessIdentity.Current, description.Id));
        var state = new ContainerState();
        Directory.CreateDirectory(hidden, OwnersOnly);
        try
        {
            AtomicFile.Write(Path.Combine(hidden, StateFile), JsonSerializer.SerializeToUtf8Bytes(state, ContainersJson.Default.ContainerState));
            AtomicFile.Write(Path.Combine(hidden, DescriptionFile), JsonSerializer.SerializeToUtf8Bytes(description, ContainersJson.Default.ContainerDescription));
            Directory.Move(hidden, DirectoryOf(description.Id));
        }
        catch
        {
            Directory.Delete(hidden, recursive: true);
            throw;
        }

        return new Container(description, state, DirectoryOf(description.Id));
    }

    /// <summary>The caller holds the lock of names, which also guards descriptions.</summary>
    private ContainerDescription ReadDescription(string id) => TryRead(id)?.Description ?? throw Unknown(id[..12]);

    /// <summary>The caller holds the lock of names, which also guards descriptions.</summary>
    private void WriteDescription(ContainerDescription description) =>
        WriteFile(description.Id, DescriptionFile, JsonSerializer.SerializeToUtf8Bytes(description, ContainersJson.Default.ContainerDescription));

    private T? TryReadFile<T>(string id, string name, JsonTypeInfo<T> type)
        where T : class
    {
        string directory = DirectoryOf(id);
        Errno errno = SmallFiles.TryRead(Path.Combine(directory, name), out byte[] content);
        if (errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return null; // Being made, or removed just now.
        }

        try
        {
            return errno == Errno.None ? JsonSerializer.Deserialize(content, type) : throw new LinuxException("openat2", errno, name);
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            throw Failed("read the record of a container", directory, exception);
        }
    }

    private void WriteFile(string id, string name, byte[] content)
    {
        string path = Path.Combine(DirectoryOf(id), name);
        try
        {
            AtomicFile.Write(path, content);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed("write the record of a container", path, exception);
        }
    }

    private static HearthException Failed(string act, string path, Exception exception) =>
        new(HearthError.StorageFailed, $"cannot {act} in '{path}': {exception.Message}; --state-dir names another place", exception);
}
