using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hearth.Network.Cni;

/// <summary>A network configuration of CNI: a list of plugins that are run one after the other. CNI specification 0.3.0 to 1.0.0.</summary>
public sealed class CniConfiguration
{
    /// <summary>Where configurations are if nothing else is said.</summary>
    public const string UsualDirectory = "/etc/cni/net.d";

    private static readonly string[] versions = ["0.3.0", "0.3.1", "0.4.0", "1.0.0"];
    private static readonly string[] extensions = [".conflist", ".conf", ".json"];

    private CniConfiguration(string text, string name, string version, IReadOnlyList<JsonObject> plugins)
    {
        Text = text;
        Name = name;
        Version = version;
        Plugins = plugins;
    }

    /// <summary>The whole JSON.</summary>
    public string Text { get; }

    public string Name { get; }

    internal string Version { get; }

    internal IReadOnlyList<JsonObject> Plugins { get; }

    /// <summary>Finds a configuration by its name, or by its file's name.</summary>
    /// <exception cref="NetworkException">There is none, or it is invalid.</exception>
    public static CniConfiguration Find(string directory, string name)
    {
        string[] files = Directory.Exists(directory)
            ? [.. Directory.EnumerateFiles(directory).Where(file => extensions.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)]
            : [];
        if (files.FirstOrDefault(file => Path.GetFileName(file) == name || Path.GetFileNameWithoutExtension(file) == name) is { } named)
        {
            return Read(named);
        }

        List<string> names = [];
        foreach (string file in files)
        {
            string? own = TryReadName(file);
            if (own == name)
            {
                return Read(file);
            }

            names.Add(own ?? Path.GetFileName(file));
        }

        string known = names.Count > 0 ? $"the directory has {string.Join(", ", names)}" : "there is no configuration";
        throw new NetworkException(NetworkError.InvalidRequest, $"cannot find the CNI network '{name}' in {directory}: {known}; use the name of a configuration or of its file");
    }

    /// <summary>Parses a configuration.</summary>
    /// <param name="text">The JSON.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="NetworkException">It is invalid.</exception>
    public static CniConfiguration Parse(string text, string source)
    {
        JsonObject whole = ParseObject(text, source);
        string name = TextOf(whole, "name") ?? throw Invalid(source, "it has no 'name'");
        string version = TextOf(whole, "cniVersion") ?? throw Invalid(source, "it has no 'cniVersion'");
        if (!versions.Contains(version))
        {
            throw Invalid(source, $"its 'cniVersion' is '{version}', and Hearth knows {string.Join(", ", versions)}");
        }

        JsonObject[] plugins = whole["plugins"] is JsonArray list
            ? [.. list.Select(entry => entry as JsonObject ?? throw Invalid(source, "an entry of 'plugins' is no object"))]
            : [whole];
        return plugins.Length > 0 && plugins.All(plugin => TextOf(plugin, "type") is { Length: > 0 } type && !type.Contains('/', StringComparison.Ordinal))
            ? new CniConfiguration(text, name, version, plugins)
            : throw Invalid(source, "a plugin has no 'type', or there is no plugin");
    }

    internal static string? TextOf(JsonObject from, string member) =>
        from[member] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static CniConfiguration Read(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file), file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Invalid(file, failure.Message);
        }
    }

    /// <summary>The name of one of many configurations, of which the others may be invalid.</summary>
    private static string? TryReadName(string file)
    {
        try
        {
            return TextOf(ParseObject(File.ReadAllText(file), file), "name");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NetworkException)
        {
            return null;
        }
    }

    private static JsonObject ParseObject(string text, string source)
    {
        try
        {
            return CniJson.Parse(text) as JsonObject ?? throw Invalid(source, "it is no JSON object");
        }
        catch (JsonException failure)
        {
            throw Invalid(source, $"it is no JSON that can be read: {failure.Message}");
        }
    }

    private static NetworkException Invalid(string source, string cause) =>
        new(NetworkError.InvalidRequest, $"cannot use the CNI configuration '{source}': {cause.TrimEnd('.')}; correct it");
}
