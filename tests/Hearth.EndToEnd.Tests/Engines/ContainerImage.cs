using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Hearth.EndToEnd.Tests.Engines;

/// <summary>An image in docker's archive format with one layer, made of a directory.</summary>
internal static class ContainerImage
{
    /// <param name="root">Becomes the layer.</param>
    /// <param name="name">The image's name.</param>
    /// <param name="path">The archive.</param>
    /// <param name="command">What it runs; without words a shell.</param>
    public static void Write(string root, string name, string path, params string[] command)
    {
        using MemoryStream layer = new();
        TarFile.CreateFromDirectory(root, layer, includeBaseDirectory: false);
        string digest = Convert.ToHexStringLower(SHA256.HashData(layer.ToArray()));
        string words = string.Join(',', (command is [] ? ["sh"] : command).Select(word => $"\"{word}\""));
        string config = $$"""
            {"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":[{{words}}]},"rootfs":{"type":"layers","diff_ids":["sha256:{{digest}}"]},"history":[{"created_by":"a test"}]}
            """;
        using TarWriter archive = new(File.Create(path));
        Add(archive, "layer.tar", layer.ToArray());
        Add(archive, "config.json", Encoding.UTF8.GetBytes(config));
        Add(archive, "manifest.json", Encoding.UTF8.GetBytes($$"""[{"Config":"config.json","RepoTags":["{{name}}"],"Layers":["layer.tar"]}]"""));
    }

    private static void Add(TarWriter archive, string name, byte[] content) =>
        archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
}
