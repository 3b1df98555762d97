namespace Hearth.FileTree.Walking;

/// <summary>Joins the entries that each worker of a walk found into one tree.</summary>
internal sealed class WalkResult((Node Node, SourceIdentity Identity) root, WalkWorker[] workers, int listingCount, XattrSets xattrSets)
{
    public WalkedTree ToTree()
    {
        int groups = GroupHardLinks();
        var listings = new Listing[listingCount];
        foreach (WalkWorker worker in workers)
        {
            foreach ((int number, Listing listing) in worker.Listings)
            {
                listings[number] = listing;
            }
        }

        return new TreeAssembly(root, listings, groups, xattrSets.ToArray()).Assemble();
    }

    private int GroupHardLinks()
    {
        var groups = new Dictionary<SourceIdentity, int>();
        foreach (WalkWorker worker in workers)
        {
            for (int i = 0; i < worker.Store.Entries.Count; i++)
            {
                ref FoundEntry entry = ref worker.Store.Entries[i];
                if (entry.Node.LinkCount > 1 && entry.Node.Type != NodeType.Directory)
                {
                    if (!groups.TryGetValue(entry.Identity, out int group))
                    {
                        group = groups.Count + 1;
                        groups.Add(entry.Identity, group);
                    }

                    entry.LinkGroup = group;
                }
            }
        }

        return groups.Count;
    }
}
