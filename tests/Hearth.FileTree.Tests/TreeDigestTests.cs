using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hearth.FileTree.Tests;

/// <summary>A tree's digest: the same for the same description, another for any other.</summary>
public sealed class TreeDigestTests
{
    private static readonly Node file = new() { Mode = 0x81A4, Size = 5, ModifiedSeconds = 9 };

    [Fact]
    public void The_same_files_found_in_any_order_have_the_same_digest()
    {
        using var directory = new TemporaryDirectory();
        Command.Run("bash", ["-c", $"cd '{directory.Path}' && mkdir -p a/b c && touch a/one a/b/two c/three && ln a/one c/linked && ln -s a/one link"]);
        byte[] first = DirectoryWalker.Walk(directory.Path, new WalkOptions { Threads = 1 }).Digest();
        Assert.Equal(first, DirectoryWalker.Walk(directory.Path, new WalkOptions { Threads = 4 }).Digest());
        File.WriteAllText(directory.File("c/three"), "x");
        Assert.NotEqual(first, DirectoryWalker.Walk(directory.Path).Digest());
    }

    [Fact]
    public void Every_attribute_counts()
    {
        Node[] variants =
        [
            file,
            file with { Mode = 0x81A5 },
            file with { Uid = 1 },
            file with { Gid = 1 },
            file with { Size = 6 },
            file with { ModifiedSeconds = 10 },
            file with { ModifiedNanoseconds = 1 },
            file with { Origin = 1 },
        ];
        List<byte[]> digests = [.. variants.Select(node => DigestOf("name", node)), DigestOf("other", file), DigestOf("name", file, "user.one", "value"), DigestOf("name", file, "user.one", "eulav")];
        digests.AddRange([DigestOf(new SourceIdentity(1, 7)), DigestOf(new SourceIdentity(1, 8)), DigestOf(new SourceIdentity(2, 7)), DigestOf(null)]);
        Assert.Equal(digests.Count, digests.Select(Convert.ToHexString).Distinct().Count());
    }

    /// <summary>A gap would be hashed and stored with whatever stood in it.</summary>
    [Theory]
    [InlineData(typeof(Node))]
    [InlineData(typeof(DirectoryEntry))]
    [InlineData(typeof(SourceIdentity))]
    public void What_is_stored_has_no_gaps(Type type)
    {
        int fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Sum(field => Marshal.SizeOf(field.FieldType));
        Assert.Equal(fields, type == typeof(Node) ? Unsafe.SizeOf<Node>() : type == typeof(DirectoryEntry) ? Unsafe.SizeOf<DirectoryEntry>() : Unsafe.SizeOf<SourceIdentity>());
    }

    /// <summary>Of a walk that found a root and nothing in it.</summary>
    private static byte[] DigestOf(SourceIdentity? root)
    {
        var builder = new TreeBuilder();
        builder.AddNode(new Node { Mode = 0x41ED });
        return new WalkedTree(builder.Build(), root is SourceIdentity identity ? new[] { identity } : default).Digest();
    }

    private static byte[] DigestOf(string name, Node node, string? xattr = null, string value = "")
    {
        var builder = new TreeBuilder();
        int root = builder.AddNode(new Node { Mode = 0x41ED });
        int added = builder.AddNode(node);
        builder.AddEntry(root, System.Text.Encoding.UTF8.GetBytes(name), added);
        if (xattr is not null)
        {
            builder.SetXattrs(added, [new Xattr(System.Text.Encoding.UTF8.GetBytes(xattr), System.Text.Encoding.UTF8.GetBytes(value))]);
        }

        return builder.Build().Parts.Digest();
    }
}
