using Hearth.Client.Images;
using Hearth.Distribution.References;

namespace Hearth.Rendering;

/// <summary>docker's filters of images. Those of one name are alternatives, but an image must have all labels; those of different names must all match.</summary>
public sealed class ImageFilter
{
    private readonly List<Func<ImageSummary, bool>> demands = [];

    /// <param name="texts">NAME=VALUE.</param>
    /// <param name="repository">The argument; may be null.</param>
    /// <param name="images">All images, to find those that filters name.</param>
    /// <param name="readTime">Reads a time, such as 10m (ago).</param>
    /// <exception cref="FormatException">A filter is unknown or has a wrong value.</exception>
    public static ImageFilter Parse(IReadOnlyList<string> texts, string? repository, IReadOnlyList<ImageSummary> images, Func<string, DateTimeOffset> readTime)
    {
        ImageFilter filter = new();
        if (repository is not null)
        {
            filter.demands.Add(OfReference(repository));
        }

        foreach (IGrouping<string, string> group in texts.GroupBy(text => text.Split('=', 2)[0], text => text.Split('=', 2).ElementAtOrDefault(1) ?? ""))
        {
            Func<ImageSummary, bool>[] alternatives = [.. group.Select(value => Demand(group.Key, value, images, readTime))];
            filter.demands.Add(group.Key == "label" ? image => Array.TrueForAll(alternatives, alternative => alternative(image)) : image => Array.Exists(alternatives, alternative => alternative(image)));
        }

        return filter;
    }

    /// <summary>Reads docker's filters of <c>image prune</c>, all of which must match.</summary>
    /// <param name="texts">until=TIME, label=NAME[=VALUE], label!=NAME[=VALUE].</param>
    /// <param name="readTime">Reads a time, such as 10m (ago).</param>
    /// <exception cref="FormatException">A filter is unknown or has a wrong value.</exception>
    public static ImageFilter ParseOfPrune(IReadOnlyList<string> texts, Func<string, DateTimeOffset> readTime)
    {
        ImageFilter filter = new();
        foreach (string[] parts in texts.Select(text => text.Split('=', 2)))
        {
            string value = parts.ElementAtOrDefault(1) ?? "";
            filter.demands.Add(parts[0] switch
            {
                "until" => IsOlder(value, readTime),
                "label" => image => HasLabel(image, value),
                "label!" => image => !HasLabel(image, value),
                _ => throw new FormatException($"invalid filter '{parts[0]}': there are until, label and label!"),
            });
        }

        return filter;
    }

    public bool Matches(ImageSummary image) => demands.TrueForAll(demand => demand(image));

    private static Func<ImageSummary, bool> Demand(string name, string value, IReadOnlyList<ImageSummary> images, Func<string, DateTimeOffset> readTime) => name switch
    {
        "dangling" => FilterValue.ReadTruth(name, value) ? HasNoTag(images) : image => image.Reference is not null,
        "label" => image => HasLabel(image, value),
        "reference" => OfReference(value),
        "before" when Find(images, value) is { } other => image => image.Configuration.Created < other.Configuration.Created,
        "since" when Find(images, value) is { } other => image => image.Configuration.Created > other.Configuration.Created,
        "until" => IsOlder(value, readTime),
        "before" or "since" => throw new FormatException($"invalid filter '{name}={value}': there is no such image"),
        _ => throw new FormatException($"invalid filter '{name}': there are dangling, label, reference, before, since and until"),
    };

    private static Func<ImageSummary, bool> IsOlder(string text, Func<string, DateTimeOffset> readTime)
    {
        try
        {
            DateTimeOffset until = readTime(text);
            return image => image.Configuration.Created is { } created && created < until;
        }
        catch (FormatException exception)
        {
            throw new FormatException($"invalid filter 'until={text}': it {exception.Message}", exception);
        }
    }

    private static ImageSummary? Find(IReadOnlyList<ImageSummary> images, string text) =>
        images.FirstOrDefault(image => image.Reference?.Familiar == text || image.Reference?.Familiar == $"{text}:latest" || (text.Length > 0 && image.Id.Hex.StartsWith(text, StringComparison.Ordinal)));

    private static bool HasLabel(ImageSummary image, string text) => image.Configuration.Config?.Labels is { } labels && Labels.Match(labels, text);

    /// <summary>An image that was pulled by its digest alone has a name, and dangles.</summary>
    private static Func<ImageSummary, bool> HasNoTag(IReadOnlyList<ImageSummary> images)
    {
        HashSet<Digest> tagged = [.. images.Where(image => image.Reference is { Tag: not null, Digest: null }).Select(image => image.Manifest.Digest)];
        return image => !tagged.Contains(image.Manifest.Digest);
    }

    /// <summary>The repository alone also matches.</summary>
    /// <exception cref="FormatException">It is no pattern.</exception>
    private static Func<ImageSummary, bool> OfReference(string pattern)
    {
        PathPattern parsed = PathPattern.Parse(pattern);
        return image => image.Reference is { } reference
            && new[] { reference.Familiar, reference.FamiliarRepository, reference.ToString(), reference.Repository }.Any(parsed.Matches);
    }
}
