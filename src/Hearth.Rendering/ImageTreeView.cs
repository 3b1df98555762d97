using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Spectre.Console;

namespace Hearth.Rendering;

/// <summary>An image's layers, the lowest first, for people and programs. Sizes are in bytes.</summary>
/// <param name="Name">Null for an image without a name.</param>
/// <param name="Id">The digest of the configuration.</param>
/// <param name="Platform">OS/ARCHITECTURE[/VARIANT].</param>
/// <param name="Bytes">Of the uncompressed layers.</param>
/// <param name="OwnBytes">Of those that no other image has.</param>
/// <param name="Layers">The lowest first.</param>
public sealed record ImageTreeView(string? Name, string Id, string Platform, long Bytes, long OwnBytes, IReadOnlyList<ImageTreeView.LayerNode> Layers)
{
    private const int ShownDigits = 12;

    /// <summary>Of the lines before a layer.</summary>
    private const int BranchColumns = 4;

    /// <param name="image">The image.</param>
    /// <param name="layers">Its layers.</param>
    public static ImageTreeView Of(ImageSummary image, IReadOnlyList<ImageLayer> layers) => new(
        image.Reference?.Familiar,
        image.Id.ToString(),
        new Platform { Os = image.Configuration.Os, Architecture = image.Configuration.Architecture, Variant = image.Configuration.Variant }.ToString(),
        layers.Sum(layer => layer.SizeInBytes),
        layers.Where(layer => layer.SharedWith.Count == 0).Sum(layer => layer.SizeInBytes),
        [.. layers.Select(layer => new LayerNode(layer.Layer.DigestText, layer.SizeInBytes, layer.Layer.Size, OneLine(layer.Step), layer.Step?.Created, layer.SharedWith))]);

    public void Draw(IAnsiConsole console)
    {
        Tree tree = new(new Markup(
            $"[blue]{Markup.Escape(Name ?? Id)}[/]  {new ByteSize(Bytes)}  [dim]{Markup.Escape(Platform)}, {Layers.Count} layers, {new ByteSize(OwnBytes)} not shared[/]"));
        foreach (LayerNode layer in Layers)
        {
            string head = $"{layer.Digest.Split(':')[^1][..ShownDigits]}  {new ByteSize(layer.Bytes)}  ";
            TreeNode node = tree.AddNode(new Markup($"{head}[dim]{Markup.Escape(Cut(layer.CreatedBy, console.Profile.Width - BranchColumns - head.Length))}[/]"));
            if (layer.SharedWith.Count > 0)
            {
                node.AddNode(new Markup($"[dim]also in {Markup.Escape(string.Join(", ", layer.SharedWith))}[/]"));
            }
        }

        console.Write(tree);
    }

    private static string Cut(string text, int columns) => text.Length <= Math.Max(columns, 1) ? text : text[..Math.Max(columns - 1, 0)] + "…";

    private static string OneLine(HistoryEntry? step) => string.Join(' ', (step?.CreatedBy ?? step?.Comment ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>A layer.</summary>
    /// <param name="Digest">Of the compressed layer.</param>
    /// <param name="Bytes">Uncompressed.</param>
    /// <param name="CompressedBytes">As the registry has it.</param>
    /// <param name="CreatedBy">The command that made it; else the history's comment.</param>
    /// <param name="Created">When.</param>
    /// <param name="SharedWith">The other images with this layer.</param>
    public sealed record LayerNode(string Digest, long Bytes, long CompressedBytes, string CreatedBy, DateTimeOffset? Created, IReadOnlyList<string> SharedWith);
}
