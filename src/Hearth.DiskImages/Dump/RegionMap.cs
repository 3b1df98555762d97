namespace Hearth.DiskImages;

/// <summary>Collects the ranges that the parts of an image claim, and makes a map without gap or overlap.</summary>
internal sealed class RegionMap(ImageBytes image)
{
    private readonly List<DumpRegion> claims = [];

    /// <summary>Claims a range of bytes; an empty range is ignored.</summary>
    /// <exception cref="DiskImageException">It reaches past the image's end.</exception>
    public void Claim(long offset, long length, RegionKind kind, int node)
    {
        image.Check(offset, length, kind.ToString());
        if (length > 0)
        {
            claims.Add(new DumpRegion(offset, length, kind, node));
        }
    }

    /// <summary>
    /// All regions in order. Unclaimed ranges become padding, or unknown if they are not zero. Adjacent regions of one node
    /// and kind are merged.
    /// </summary>
    /// <exception cref="DiskImageException">Two claims overlap.</exception>
    public IReadOnlyList<DumpRegion> Complete(CancellationToken cancellationToken)
    {
        claims.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Length.CompareTo(b.Length));
        var regions = new List<DumpRegion>(claims.Count + 16);
        long end = 0;
        foreach (DumpRegion claim in claims)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (claim.Offset < end)
            {
                DumpRegion before = regions[^1];
                throw ImageBytes.Corrupt(claim.Offset, $"{claim.Kind} of node {claim.Node} overlaps {before.Kind} of node {before.Node} at {before.Offset}");
            }

            AddGap(regions, end, claim.Offset);
            end = claim.End;
            if (regions.Count > 0 && regions[^1] is var last && last.End == claim.Offset && (last.Kind, last.Node) == (claim.Kind, claim.Node))
            {
                regions[^1] = last with { Length = last.Length + claim.Length };
                continue;
            }

            regions.Add(claim);
        }

        AddGap(regions, end, image.Length);
        return regions;
    }

    private void AddGap(List<DumpRegion> regions, long start, long end)
    {
        if (start < end)
        {
            RegionKind kind = image.IsZero(start, end - start) ? RegionKind.Padding : RegionKind.Unknown;
            regions.Add(new DumpRegion(start, end - start, kind, DumpRegion.NoNode));
        }
    }
}
