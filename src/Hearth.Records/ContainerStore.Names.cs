using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Records.Recovery;

namespace Hearth.Records;

/// <content>The names of containers, and what killed processes leave of both.</content>
public sealed partial class ContainerStore
{
    /// <summary>Removes directories and names left by processes that were killed while they created or removed a container.</summary>
    internal void RemoveUnfinished()
    {
        RemoveNamesOfNothing();
        foreach (string id in Ids().Where(id => !File.Exists(Path.Combine(DirectoryOf(id), DescriptionFile))))
        {
            // The lock is held while the directory is removed.
            using ContainerHold? hold = ContainerHold.TryTake(DirectoryOf(id));
            if (hold is not null && !File.Exists(Path.Combine(DirectoryOf(id), DescriptionFile)))
            {
                Directory.Delete(DirectoryOf(id), recursive: true);
            }
        }

        foreach (string path in Directory.Exists(directories.Records) ? Directory.GetDirectories(directories.Records) : [])
        {
            if (RunDirectory.HiddenName.WorkerOf(Path.GetFileName(path)) is { IsAlive: false })
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }

    /// <summary>Removes names whose containers neither exist nor are being created, and those that a container has besides its own.</summary>
    private void RemoveNamesOfNothing()
    {
        if (!Directory.Exists(directories.Names) || NamesOfNothing().Length == 0)
        {
            return;
        }

        using DirectoryLock alone = DirectoryLock.Take(directories.Names);
        Array.ForEach(NamesOfNothing(), File.Delete);
    }

    /// <summary>A record is read only if a container has several names.</summary>
    private string[] NamesOfNothing() =>
    [
        .. Directory.EnumerateFileSystemEntries(directories.Names)
            .Select(link => (Link: link, Holder: TargetOf(Path.GetFileName(link))))
            .Where(each => each.Holder is not null)
            .GroupBy(each => each.Holder!, each => each.Link)
            .SelectMany(links => links.Count() == 1 && Directory.Exists(DirectoryOf(links.Key)) ? [] : links.Where(link => !IsNameOf(links.Key, Path.GetFileName(link)))),
    ];

    /// <summary>
    /// Whether a container has this name, or has it until somebody knows better: a record that is being removed or cannot be read
    /// keeps its names. A process that was killed while it renamed the container left a link besides.
    /// </summary>
    private bool IsNameOf(string holder, string name) => Directory.Exists(DirectoryOf(holder)) && (Find(holder) is not { } container || container.Name == name);

    private string TakeAnyName(string id)
    {
        for (int attempt = 0; attempt < MostSuggestions; attempt++)
        {
            string name = ContainerNames.Suggest(attempt);
            if (TryTakeName(name, id))
            {
                return name;
            }
        }

        throw new HearthException(HearthError.InvalidRequest, "cannot find a free name for the container: give it one with --name");
    }

    private string TakeName(string name, string id)
    {
        ContainerNames.Require(name);
        return TryTakeName(name, id)
            ? name
            : throw new HearthException(HearthError.NameTaken,
                $"the name '{name}' belongs to container {TargetOf(name)?[..12]}: remove or rename that one ('hearth rm', 'hearth rename'), or give another name");
    }

    private bool TryTakeName(string name, string id)
    {
        string link = Path.Combine(directories.Names, name);
        if (TryLink(link, id))
        {
            return true;
        }

        // A process that was killed between taking the name and writing the record left it, or one between that and releasing it.
        if (TargetOf(name) is { } holder && IsNameOf(holder, name))
        {
            return false;
        }

        File.Delete(link);
        return TryLink(link, id);
    }

    private static bool TryLink(string link, string id)
    {
        try
        {
            File.CreateSymbolicLink(link, id);
            return true;
        }
        catch (IOException exception) when ((exception.HResult & 0xFFFF) == (int)Errno.EEXIST)
        {
            return false;
        }
    }

    private void ReleaseName(string name, string id)
    {
        if (TargetOf(name) == id)
        {
            File.Delete(Path.Combine(directories.Names, name));
        }
    }

    private string? TargetOf(string name) =>
        ContainerNames.IsName(name) ? new FileInfo(Path.Combine(directories.Names, name)).LinkTarget : null;
}
