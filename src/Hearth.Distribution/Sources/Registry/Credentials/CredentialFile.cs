using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hearth.Distribution.Sources.Registry.Credentials;

/// <summary>
/// Docker's config.json or podman's auth.json: credentials in base64 (<c>auths</c>), the helper for one registry
/// (<c>credHelpers</c>) and for all others (<c>credsStore</c>). Members that nobody here knows are kept.
/// </summary>
internal sealed class CredentialFile
{
    private const int MostBytes = 4 << 20;

    private static readonly JsonDocumentOptions unambiguous = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    private readonly string path;
    private readonly JsonObject root;

    private CredentialFile(string path, JsonObject root)
    {
        this.path = path;
        this.root = root;
    }

    /// <exception cref="ImageException">The file cannot be read, or is no JSON object.</exception>
    public static CredentialFile Read(string path)
    {
        try
        {
            FileInfo file = new(path);
            if (!file.Exists || file.Length == 0)
            {
                return new CredentialFile(path, []);
            }

            return file.Length <= MostBytes && JsonNode.Parse(File.ReadAllBytes(path), documentOptions: unambiguous) is JsonObject root
                ? new CredentialFile(path, root)
                : throw Unreadable(path, "it is not a JSON object of at most 4 MiB", null);
        }
        catch (JsonException exception)
        {
            throw Unreadable(path, exception.Message.TrimEnd('.'), exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.StorageFailed, $"cannot read the credentials in '{path}': {exception.Message.TrimEnd('.')}", exception);
        }
    }

    /// <summary>The helper that has a host's credentials; null where the file has them itself.</summary>
    public string? HelperFor(string host) =>
        (Member("credHelpers")?.FirstOrDefault(helper => CredentialServers.HostOf(helper.Key) == host).Value ?? root["credsStore"]) is JsonValue value
        && value.TryGetValue(out string? name) && name.Length > 0 ? name : null;

    /// <summary>A host's credentials in the file itself.</summary>
    /// <param name="name">A host, or HOST/PATH.</param>
    /// <exception cref="ImageException">They are malformed.</exception>
    public RegistryCredential? Find(string name) =>
        Member("auths")?.FirstOrDefault(entry => CredentialServers.HostOf(entry.Key) == name).Value is JsonObject entry ? Read(name, entry) : null;

    /// <summary>Puts a host's credentials into the file.</summary>
    /// <param name="key">By <see cref="CredentialServers.KeyOf"/>.</param>
    /// <param name="credential">Null for an entry that only says that a helper has them, as docker writes it.</param>
    public void Put(string key, RegistryCredential? credential)
    {
        if (root["auths"] is not JsonObject auths)
        {
            root["auths"] = auths = [];
        }

        JsonObject entry = [];
        if (credential is not null)
        {
            entry["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.Username}:{credential.Secret}"));
        }

        if (credential?.IdentityToken is not null)
        {
            entry["identitytoken"] = credential.IdentityToken;
        }

        auths[key] = entry;
    }

    /// <summary>Removes all entries of a host.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Remove(string host)
    {
        string[] keys = [.. (Member("auths") ?? []).Select(entry => entry.Key).Where(key => CredentialServers.HostOf(key) == host)];
        foreach (string key in keys)
        {
            Member("auths")!.Remove(key);
        }

        return keys.Length > 0;
    }

    /// <summary>Replaces the file, readable by its owner only.</summary>
    /// <exception cref="ImageException">It cannot be written.</exception>
    public void Write()
    {
        try
        {
            string real = File.Exists(path) ? new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path : path;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(real))!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            PrivateFile.Write(real, Encoding.UTF8.GetBytes(Render()));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.StorageFailed, $"cannot write the credentials to '{path}': {exception.Message.TrimEnd('.')}", exception);
        }
    }

    private string Render()
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text, new JsonWriterOptions { Indented = true, IndentCharacter = '\t', IndentSize = 1 }))
        {
            root.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }

    private JsonObject? Member(string name) => root[name] as JsonObject;

    private RegistryCredential? Read(string name, JsonObject entry)
    {
        string? token = Text(entry, "identitytoken");
        string? encoded = Text(entry, "auth");
        if (string.IsNullOrEmpty(encoded))
        {
            return !string.IsNullOrEmpty(token) ? new RegistryCredential("", "", token)
                : Text(entry, "username") is { Length: > 0 } user ? new RegistryCredential(user, Text(entry, "password") ?? "")
                : null;
        }

        byte[] bytes = new byte[encoded.Length];
        string decoded = Convert.TryFromBase64String(encoded, bytes, out int length) ? Encoding.UTF8.GetString(bytes, 0, length) : "";
        int colon = decoded.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 || !string.IsNullOrEmpty(token)
            ? new RegistryCredential(colon > 0 ? decoded[..colon] : "", colon > 0 ? decoded[(colon + 1)..].TrimEnd('\0') : "", string.IsNullOrEmpty(token) ? null : token)
            : throw Unreadable(path, $"the 'auth' of '{name}' is not base64 of USER:PASSWORD; log in again", null);
    }

    private static string? Text(JsonObject entry, string name) => entry[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static ImageException Unreadable(string path, string cause, Exception? inner) =>
        new(ImageError.Malformed, $"cannot read the credentials in '{path}': {cause}", inner);
}
