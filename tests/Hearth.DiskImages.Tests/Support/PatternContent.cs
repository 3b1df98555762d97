using System.Buffers.Binary;
using System.Security.Cryptography;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>
/// Contents made up on the fly: every file differs from every other and from itself at any other place, so a byte
/// served from the wrong place shows. Files of a gigabyte and more are zeros throughout, which cost nothing to write out.
/// </summary>
public sealed class PatternContent(Tree tree) : IContentSource
{
    public const long SmallestHole = 1 << 30;

    public long FailedReads => 0;

    public IReadOnlyList<SourceFault> Faults => [];

    public ValueTask ReadAsync(NodeId node, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Fill(node, offset, destination.Span);
        return ValueTask.CompletedTask;
    }

    public string DigestOf(NodeId node)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 16];
        long size = tree[node].Size;
        for (long offset = 0; offset < size; offset += buffer.Length)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, size - offset));
            Fill(node, offset, piece);
            hash.AppendData(piece);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
    }

    private void Fill(NodeId node, long offset, Span<byte> destination)
    {
        ref readonly Node file = ref tree[node];
        Assert.True(file.Type == NodeType.Regular && offset >= 0 && offset + destination.Length <= file.Size, "a read must stay within its file");
        if (file.Size >= SmallestHole)
        {
            destination.Clear();
            return;
        }

        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (destination.Length > 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Mix((ulong)(node.Index + 1) * 0x9E3779B97F4A7C15 + (ulong)(offset / sizeof(ulong))));
            ReadOnlySpan<byte> piece = word[(int)(offset % sizeof(ulong))..];
            piece = piece[..Math.Min(piece.Length, destination.Length)];
            piece.CopyTo(destination);
            destination = destination[piece.Length..];
            offset += piece.Length;
        }
    }

    /// <summary>The finaliser of splitmix64.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
