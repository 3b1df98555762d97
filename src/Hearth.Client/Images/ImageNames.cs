using Hearth.Distribution.References;
using Hearth.Images.Store;

namespace Hearth.Client.Images;

/// <summary>Which names of an image a text means, as docker decides it.</summary>
internal static class ImageNames
{
    /// <summary>Whether a text is an image's name with a tag, and not its id or its digest.</summary>
    public static bool IsOf(string text, ImageSummary image) =>
        image.Reference is not null && ImageReference.TryParse(text, out ImageReference? given) && given.Digest is null && given.WithDefaultTag() == image.Reference;

    /// <summary>The names that a removal by a name removes.</summary>
    /// <param name="text">A name, or an id.</param>
    /// <param name="names">All of the image.</param>
    /// <returns>
    /// Null if the text is none of them. With the last tag of a repository, the digests that were pulled from it are removed too.
    /// </returns>
    public static StoredImage[]? Choose(string text, IReadOnlyList<StoredImage> names)
    {
        if (!ImageReference.TryParse(text, out ImageReference? given) || names.FirstOrDefault(name => name.Reference == given.WithDefaultTag()) is not { } named)
        {
            return null;
        }

        StoredImage[] ofRepository = [.. names.Where(name => name.Reference?.Repository == given.Repository)];
        bool isLastTag = given.Digest is null && ofRepository.All(name => name == named || name.Reference!.Digest is not null);
        return isLastTag ? ofRepository : [named];
    }

    /// <summary>Whether an id is as clear as a name: one tag, and digests of the same repository.</summary>
    public static bool AreOne(IReadOnlyList<StoredImage> names) =>
        names.Count(name => name.Reference is { Digest: null }) <= 1 && names.Select(name => name.Reference?.Repository).Distinct().Count() == 1;
}
