using System.Text;
using CsCheck;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Shares.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares.Tests;

/// <summary>Random operations on a share end as they do on a plain directory: the same errors, the same bytes, the same tree.</summary>
public sealed class RandomOperationTests
{
    private const int MaxFileBytes = 300_000;

    private static readonly Gen<string> Names = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 3], (depth, first, second) =>
        depth == 0 ? $"d{first}" : depth == 1 ? $"d{first}/f{second}" : $"d{first}/e{second}/f{first}");

    private static readonly Gen<Func<SafeFileHandle, string>> Operations = Gen.Frequency(
        (3, Names.Select(name => Operation(root => MakeDirectory(root, name)))),
        (4, Gen.Select(Names, Gen.Int[0, MaxFileBytes], Gen.Int[0, 100_000], Gen.Byte).Select((name, offset, length, value) => Operation(root => Write(root, name, offset, length, value)))),
        (2, Gen.Select(Names, Gen.Int[0, 10_000], Gen.Byte).Select((name, length, value) => Operation(root => Append(root, name, length, value)))),
        (2, Gen.Select(Names, Gen.Int[0, MaxFileBytes]).Select((name, length) => Operation(root => Truncate(root, name, length)))),
        (2, Names.Select(name => Operation(root => Told(DirectoryChanges.TryUnlink(root, Bytes(name)))))),
        (1, Names.Select(name => Operation(root => Told(DirectoryChanges.TryRemoveDirectory(root, Bytes(name)))))),
        (4, Gen.Select(Names, Names, Gen.Int[0, 2]).Select((from, to, flags) => Operation(root => Told(DirectoryChanges.TryRename(root, Bytes(from), root, Bytes(to), (RenameFlags)flags))))),
        (2, Gen.Select(Names, Names).Select((from, to) => Operation(root => Link(root, from, to)))),
        (1, Gen.Select(Names, Names).Select((name, target) => Operation(root => Told(DirectoryChanges.TryMakeSymbolicLink(root, Bytes(name), Bytes(target)))))),
        (1, Gen.Select(Names, Gen.Int[0, 0x1ff]).Select((name, mode) => Operation(root => Held(root, name, node => Told(NodeChanges.TrySetMode(node, (uint)mode)))))),
        (4, Names.Select(name => Operation(root => Read(root, name)))),
        (2, Names.Select(name => Operation(root => List(root, name)))));

    /// <summary>With room for two descriptors of nodes as well, so that nearly every node is found again by its names.</summary>
    [Theory]
    [InlineData(2048)]
    [InlineData(2)]
    public async Task Any_sequence_of_operations_does_the_same(int maxHeldNodes)
    {
        await using SharedDirectory shared = SharedDirectory.Make(options => options with { MaxHeldNodes = maxHeldNodes });
        Operations.Array[1, 60].Sample(operations => Compare(shared, operations), iter: 60, threads: 1);
        await shared.CompareTreesAsync();
    }

    /// <summary>Each sequence goes on with the tree that the one before has left.</summary>
    private static void Compare(SharedDirectory shared, Func<SafeFileHandle, string>[] operations)
    {
        Assert.Equal(Errno.None, HeldNodes.TryHoldPath(shared.Plain, out SafeFileHandle plain));
        Assert.Equal(Errno.None, HeldNodes.TryHoldPath(shared.Mount.Path, out SafeFileHandle mount));
        using (plain)
        using (mount)
        {
            foreach (Func<SafeFileHandle, string> operation in operations)
            {
                Assert.Equal(operation(plain), operation(mount));
            }
        }
    }

    private static Func<SafeFileHandle, string> Operation(Func<SafeFileHandle, string> act) => act;

    private static byte[] Bytes(string name) => Encoding.UTF8.GetBytes(name + '\0');

    private static string Told(Errno errno) => errno.ToString();

    private static string MakeDirectory(SafeFileHandle root, string name) => Told(DirectoryChanges.TryMakeDirectory(root, Bytes(name), 0x1ed));

    private static string Held(SafeFileHandle root, string name, Func<SafeFileHandle, string> act)
    {
        Errno errno = HeldNodes.TryHold(root, Bytes(name), mayCrossMounts: true, out SafeFileHandle node);
        using (node)
        {
            return errno == Errno.None ? act(node) : Told(errno);
        }
    }

    private static string Opened(SafeFileHandle root, string name, OpenFlags flags, Func<SafeFileHandle, string> act)
    {
        Errno errno = HeldNodes.TryCreate(root, Bytes(name), flags, 0x1a4, out SafeFileHandle file);
        if (errno != Errno.EEXIST)
        {
            using (file)
            {
                return errno == Errno.None ? "made " + act(file) : Told(errno);
            }
        }

        return Held(root, name, node =>
        {
            Errno opened = HeldNodes.TryOpen(node, flags, out SafeFileHandle existing);
            using (existing)
            {
                return opened == Errno.None ? act(existing) : Told(opened);
            }
        });
    }

    private static string Write(SafeFileHandle root, string name, int offset, int length, byte value) => Opened(root, name, OpenFlags.WriteOnly, file =>
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, value);
        Errno errno = FileWriting.TryWrite(file, bytes, offset, out int count);
        return $"{errno} {count}";
    });

    private static string Append(SafeFileHandle root, string name, int length, byte value) => Opened(root, name, OpenFlags.WriteOnly | OpenFlags.Append, file =>
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, value);
        Errno errno = FileWriting.TryWrite(file, bytes, 0, out int count);
        return $"{errno} {count}";
    });

    private static string Truncate(SafeFileHandle root, string name, int length) => Held(root, name, node => Told(NodeChanges.TryTruncate(node, length)));

    private static string Link(SafeFileHandle root, string from, string to) => Held(root, from, node => Told(DirectoryChanges.TryLink(node, root, Bytes(to))));

    private static string Read(SafeFileHandle root, string name) => Held(root, name, node =>
    {
        HeldNodes.TryInspect(node, "\0"u8, out NodeStatus status);
        if (!status.IsRegularFile)
        {
            return $"{status.Mode:x}";
        }

        Errno errno = HeldNodes.TryOpen(node, OpenFlags.None, out SafeFileHandle file);
        using (file)
        {
            byte[] bytes = new byte[2 * MaxFileBytes];
            int count = 0;
            return errno == Errno.None && ContentFiles.TryRead(file, bytes, 0, out count) == Errno.None
                ? $"{status.Mode:x} {status.LinkCount} {status.Size} {count} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes.AsSpan(0, count)))}"
                : Told(errno);
        }
    });

    private static string List(SafeFileHandle root, string name) => Held(root, name, node =>
    {
        Errno errno = HeldNodes.TryOpenDirectory(node, out SafeFileHandle directory);
        using (directory)
        {
            return errno == Errno.None ? string.Join(' ', NamesIn(directory).Order(StringComparer.Ordinal)) : Told(errno);
        }
    });

    private static List<string> NamesIn(SafeFileHandle directory)
    {
        List<string> names = [];
        byte[] buffer = new byte[32 << 10];
        while (DirectoryFiles.TryList(directory, buffer, out int count) == Errno.None && count > 0)
        {
            var entries = new DirectoryEntryReader(buffer.AsSpan(0, count));
            while (entries.MoveNext())
            {
                names.Add($"{Encoding.UTF8.GetString(entries.Name)}:{entries.Type}");
            }
        }

        return names;
    }
}
