namespace Hearth.FileTree.Walking;

/// <summary>Joins what the workers of a walk found, each by itself, into one tree.</summary>
internal sealed class WalkResult(Node root, WalkWorker[] workers, int listingCount, XattrSets xattrSets)
{
    private readonly List<ulong> devices = [];

    public Tree ToTree()
    {
        JoinDevices();
        int groups = GroupHardLinks();
        var listings = new Listing[listingCount];
        foreach (WalkWorker worker in workers)
        {
            foreach ((int number, Listing listing) in worker.Listings)
            {
                listings[number] = listing;
            }
        }

        return new TreeAssembly(root, listings, groups, xattrSets.ToArray(), [.. devices]).Assemble();
    }

    // Each worker numbered the devices in the order that it met them; one list is left, sorted so that it does not
    // depend on who met which first. The root's node comes from the first worker.
    private void JoinDevices()
    {
        devices.AddRange(workers.SelectMany(worker => worker.Devices).Distinct().Order());
        root = root with { SourceDevice = NewIndexes(workers[0])[root.SourceDevice] };
        foreach (WalkWorker worker in workers)
        {
            ushort[] newIndexes = NewIndexes(worker);
            for (int i = 0; i < worker.Store.Entries.Count; i++)
            {
                ref FoundEntry entry = ref worker.Store.Entries[i];
                ushort index = newIndexes[entry.Node.SourceDevice];
                if (index != entry.Node.SourceDevice)
                {
                    entry.Node = entry.Node with { SourceDevice = index };
                }
            }
        }
    }

    private ushort[] NewIndexes(WalkWorker worker) => [.. worker.Devices.Select(device => checked((ushort)devices.IndexOf(device)))];

    private int GroupHardLinks()
    {
        var groups = new Dictionary<(ushort Device, ulong Inode), int>();
        foreach (WalkWorker worker in workers)
        {
            for (int i = 0; i < worker.Store.Entries.Count; i++)
            {
                ref FoundEntry entry = ref worker.Store.Entries[i];
                if (entry.Node.LinkCount > 1 && entry.Node.Type != NodeType.Directory)
                {
                    var identity = (entry.Node.SourceDevice, entry.Node.SourceInode);
                    if (!groups.TryGetValue(identity, out int group))
                    {
                        group = groups.Count + 1;
                        groups.Add(identity, group);
                    }

                    entry.LinkGroup = group;
                }
            }
        }

        return groups.Count;
    }
}
