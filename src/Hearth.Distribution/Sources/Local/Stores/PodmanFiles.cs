using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hearth.Distribution.Manifests;

namespace Hearth.Distribution.Sources.Local.Stores;

/// <summary>
/// The files of one image in a store of containers/storage: its configuration, and its layers as the archives that they
/// were. A layer is a directory, and a tar-split file with the rest of its archive.
/// </summary>
internal sealed class PodmanFiles : ILocalFiles
{
    /// <summary>The path of the configuration; the others are ids of layers.</summary>
    public const string Configuration = "config";

    /// <summary>Of a store with tens of thousands of images or layers.</summary>
    private const int MostListBytes = 256 << 20;

    private readonly string root;
    private readonly string driver;
    private readonly string configuration;

    private PodmanFiles(string root, string driver, string configuration, IReadOnlyList<string> names, IReadOnlyList<string> layers)
    {
        this.root = root;
        this.driver = driver;
        this.configuration = configuration;
        Names = names;
        Layers = layers;
    }

    /// <summary>The image's names, whole.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The ids of the layers, the lowest first.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>Finds an image.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="root">The store's directory.</param>
    /// <param name="driver">Its storage driver.</param>
    /// <param name="id">The image's id.</param>
    /// <returns>Null if the store lacks it or a file of it, as one of another host or driver does.</returns>
    /// <exception cref="ImageException">A list of the store cannot be read.</exception>
    public static PodmanFiles? TryFind(string name, string root, string driver, string id)
    {
        PodmanImageRecord? image = Read(name, Path.Combine(root, $"{driver}-images/images.json"), StoreJson.Default.ListPodmanImageRecord).Find(known => known?.Id == id);
        if (driver is not ("overlay" or "vfs") || image is null)
        {
            return null;
        }

        Dictionary<string, string?> parents = [];
        foreach (PodmanLayerRecord layer in Read(name, Path.Combine(root, $"{driver}-layers/layers.json"), StoreJson.Default.ListPodmanLayerRecord).OfType<PodmanLayerRecord>())
        {
            parents[layer.Id ?? ""] = layer.Parent;
        }

        List<string> layers = [];
        for (string? layer = image.Layer; !string.IsNullOrEmpty(layer); layer = parents[layer])
        {
            if (!parents.ContainsKey(layer) || layers.Count == ManifestReading.MostLayers || !layer.All(char.IsAsciiLetterOrDigit))
            {
                return null;
            }

            layers.Insert(0, layer);
        }

        // The store writes a name that is no plain word in Base64 (containers/storage, images.go).
        string configuration = Path.Combine(root, $"{driver}-images", id, $"={Convert.ToBase64String(Encoding.UTF8.GetBytes($"sha256:{id}"))}");
        PodmanFiles files = new(root, driver, configuration, [.. (image.Names ?? []).OfType<string>()], layers);
        return File.Exists(configuration) && layers.All(files.HasFiles) ? files : null;
    }

    public Stream Open(string path) => path == Configuration ? File.OpenRead(configuration) : new TarSplitStream(NotesOf(path), DirectoryOf(path));

    public void Dispose()
    {
    }

    private static List<T> Read<T>(string name, string path, JsonTypeInfo<List<T>> type) => !File.Exists(path) ? [] : LocalReading.Attempt(name, () =>
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return file.Length <= MostListBytes ? JsonSerializer.Deserialize(file, type) ?? [] : throw new IOException($"'{path}' has more than {MostListBytes >> 20} MiB");
        }
        catch (JsonException exception)
        {
            throw new IOException($"'{path}' is malformed: {exception.Message}", exception);
        }
    });

    /// <summary>Whether a layer has its files under their own names: with composefs, the names are digests.</summary>
    private bool HasFiles(string layer) => File.Exists(NotesOf(layer)) && Directory.Exists(DirectoryOf(layer)) && !Directory.Exists(Path.Combine(root, driver, layer, "composefs-data"));

    private string NotesOf(string layer) => Path.Combine(root, $"{driver}-layers", $"{layer}.tar-split.gz");

    private string DirectoryOf(string layer) => driver == "vfs" ? Path.Combine(root, "vfs/dir", layer) : Path.Combine(root, "overlay", layer, "diff");
}
