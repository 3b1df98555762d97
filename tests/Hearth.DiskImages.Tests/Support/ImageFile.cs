using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>Writes a plan out as a whole image, piece by piece and without <see cref="VirtualDisk"/>, whose judge it is.</summary>
public static class ImageFile
{
    private const int ChunkInBytes = 1 << 20;

    /// <summary>Zeros stay holes, so an image with a huge empty file costs nothing.</summary>
    public static string Write(ImagePlan plan, IContentSource content, string path)
    {
        using FileStream image = File.Create(path);
        image.SetLength(plan.Length);
        foreach (MetadataRegion region in plan.Metadata)
        {
            RandomAccess.Write(image.SafeFileHandle, region.Bytes.Span, region.Offset);
        }

        byte[] buffer = new byte[ChunkInBytes];
        for (int i = 0; i < plan.Files.Count; i++)
        {
            NodeId node = plan.Files.NodeOf(i);
            WriteFile(image, plan.Files.StartOf(i), content, node, plan.Tree[node], buffer);
        }

        return path;
    }

    /// <summary>All bytes of a small image, as its disk gives them.</summary>
    public static byte[] InMemory(ImagePlan plan)
    {
        using var content = new PatternContent(plan.Tree);
        var disk = new VirtualDisk(plan, content);
        byte[] image = new byte[disk.Length];
        disk.Read(0, image);
        return image;
    }

    private static void WriteFile(FileStream image, long start, IContentSource content, NodeId id, Node node, byte[] buffer)
    {
        bool isHole = node.Size >= PatternContent.SmallestHole;
        for (long offset = 0; offset < node.Size && !isHole; offset += buffer.Length)
        {
            Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, node.Size - offset));
            content.Read(id, offset, piece);
            RandomAccess.Write(image.SafeFileHandle, piece.Span, start + offset);
        }
    }
}
