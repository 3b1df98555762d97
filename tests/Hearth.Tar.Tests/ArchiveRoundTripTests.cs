using System.Net.Sockets;

namespace Hearth.Tar.Tests;

/// <summary>Archives there and back, with GNU tar as the judge of either half.</summary>
public sealed class ArchiveRoundTripTests(ArchivePlace place) : IClassFixture<ArchivePlace>
{
    /// <summary>One line a file: name, type and mode, owner, size, times to the nanosecond, link count, target, device, content.</summary>
    private const string Describe =
        """
        find . -printf '%p %M %U:%G %s %T@ %n %l\n' | sed 's/^\([^ ]* d[^ ]* [^ ]*\) [0-9]*/\1/' | sort
        find . -type f -print0 | sort -z | xargs -0 sha256sum
        find . \( -type c -o -type b \) -print0 | sort -z | xargs -0 stat -c '%n %t %T'
        getfattr -hd -m 'user\|trusted\|security.capability\|posix_acl' -R . 2>/dev/null | sort
        """;

    [Theory]
    [InlineData("posix")]
    [InlineData("gnu")]
    [InlineData("ustar")]
    [InlineData("v7")]
    public void What_gnu_tar_packs_is_unpacked_as_it_was(string format)
    {
        string tree = MakeTree($"from-{format}", isOld: format is "ustar" or "v7", isOldest: format == "v7");
        string[] attributes = format == "posix" ? ["--xattrs", "--xattrs-include=*"] : [];
        Tool.Run(tree, "tar", ["--format", format, .. attributes, "-cf", place[$"{format}.tar"], "."]);

        Assert.Contains("./deep/er/one -rw-r--r-- 0:0 4", DescribeTree(tree), StringComparison.Ordinal);
        string target = place.MakeDirectory($"to-{format}");
        Assert.Empty(place.Unpack($"{format}.tar", $"to-{format}"));

        // Formats before pax have whole seconds and no attributes: the judge is what GNU tar makes of the same archive.
        string judge = place.MakeDirectory($"judge-{format}");
        Tool.Run(judge, "tar", ["--xattrs", "--xattrs-include=*", "--same-permissions", "--numeric-owner", "-xf", place[$"{format}.tar"]]);
        Assert.Equal(DescribeTree(judge), DescribeTree(target));
    }

    [Fact]
    public void What_is_packed_here_is_unpacked_as_it_was_by_both()
    {
        string tree = MakeTree("packed");
        using (Socket socket = new(AddressFamily.Unix, SocketType.Stream, 0))
        {
            socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(tree, "socket")));
            Assert.Equal(["tree/socket: a socket was left out"], place.Pack("packed", "tree", "packed.tar"));
        }

        Tool.Run(tree, "touch", "-d", "2020-01-01", ".");
        place.Pack("packed", "tree", "packed.tar");
        string expected = DescribeTree(tree);

        string judge = place.MakeDirectory("judge");
        Tool.Run(judge, "tar", ["--xattrs", "--xattrs-include=*", "--same-permissions", "--numeric-owner", "-xf", place["packed.tar"]]);
        Assert.Equal(expected, DescribeTree(Path.Combine(judge, "tree")));

        string own = place.MakeDirectory("own");
        Assert.Empty(place.Unpack("packed.tar", "own"));
        Assert.Equal(expected, DescribeTree(Path.Combine(own, "tree")));

        // Once more over itself: nothing is in the way of the same.
        Assert.Empty(place.Unpack("packed.tar", "own"));
        Assert.Equal(expected, DescribeTree(Path.Combine(own, "tree")));
    }

    [Fact]
    public void One_file_is_an_archive_too_and_names_and_owners_can_be_given()
    {
        File.WriteAllText(place["single"], "content");
        place.Pack("single", "renamed", "single.tar");
        Assert.Equal("renamed\n", Tool.Run("/", "tar", "-tf", place["single.tar"]));

        string target = place.MakeDirectory("single-target");
        place.Unpack("single.tar", "single-target", firstName: "again", owner: UnpackedOwner.Of(12, 34));

        Assert.Equal("content", File.ReadAllText(Path.Combine(target, "again")));
        Assert.Equal("12:34\n", Tool.Run(target, "stat", "-c", "%u:%g", "again"));
    }

    [Fact]
    public void The_first_name_is_given_to_links_in_the_archive_too_and_a_dot_counts_as_one()
    {
        string tree = place.MakeDirectory("linked");
        File.WriteAllText(Path.Combine(tree, "a"), "same");
        Tool.Run(tree, "ln", "a", "b");
        place.Pack("linked", ".", "linked.tar");

        string target = place.MakeDirectory("linked-target");
        place.Unpack("linked.tar", "linked-target", firstName: "new");

        Assert.Equal("2\n2\n", Tool.Run(target, "stat", "-c", "%h", "new/a", "new/b"));
        place.Unpack("linked.tar", "linked-target/new");
        Assert.Equal("2\n2\n", Tool.Run(target, "stat", "-c", "%h", "new/a", "new/b"));
    }

    [Fact]
    public void Zeros_become_holes_and_holes_zeros()
    {
        string tree = place.MakeDirectory("sparse");
        using (FileStream file = File.Create(Path.Combine(tree, "image")))
        {
            file.SetLength(8 << 20);
            file.Seek(4 << 20, SeekOrigin.Begin);
            file.Write("data"u8);
        }

        place.Pack("sparse/image", "image", "sparse.tar");
        Assert.InRange(new FileInfo(place["sparse.tar"]).Length, 8 << 20, (8 << 20) + 4096);
        string target = place.MakeDirectory("sparse-target");
        place.Unpack("sparse.tar", "sparse-target");

        // As small as a block of the file system.
        using (FileStream file = File.Create(Path.Combine(tree, "small")))
        {
            file.Write("data"u8);
            file.Seek(8192, SeekOrigin.Begin);
            file.Write("data"u8);
        }

        place.Pack("sparse/small", "small", "small.tar");
        place.Unpack("small.tar", "sparse-target");
        Assert.Equal(Tool.Run(tree, "stat", "-c", "%b %s", "small"), Tool.Run(target, "stat", "-c", "%b %s", "small"));

        Tool.Run("/", "cmp", Path.Combine(tree, "image"), Path.Combine(target, "image"));
        Assert.InRange(long.Parse(Tool.Run(target, "stat", "-c", "%b", "image")) * 512, 1, 1 << 20);
    }

    /// <summary>Every form in which GNU tar stores sparse files.</summary>
    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--format=posix --sparse-version=0.0")]
    [InlineData("--format=posix --sparse-version=0.1")]
    [InlineData("--format=posix --sparse-version=1.0")]
    public void Sparse_files_of_gnu_tar_are_unpacked(string format)
    {
        string tree = place.MakeDirectory("gnu");
        using (FileStream file = File.Create(Path.Combine(tree, "many-parts")))
        {
            for (int part = 0; part < 60; part++)
            {
                file.Seek(part * 131072L, SeekOrigin.Begin);
                file.Write("data"u8);
            }

            file.SetLength(9 << 20);
        }

        using (FileStream file = File.Create(Path.Combine(tree, "hole")))
        {
            file.SetLength(1 << 20);
        }

        File.WriteAllText(Path.Combine(tree, "plain"), "after the sparse ones");
        Tool.Run(tree, "sh", "-c", $"tar --sparse {format} -cf ../gnu.tar .");
        string target = place.MakeDirectory("gnu-target");
        place.Unpack("gnu.tar", "gnu-target");
        Tool.Run("/", "diff", "-r", tree, target);
        Assert.InRange(new FileInfo(place["gnu.tar"]).Length, 1, 1 << 20);
    }

    /// <summary>Bytes that are no text, and names that are the same where such bytes are replaced.</summary>
    [Fact]
    public void Names_of_any_bytes_stay_apart_everywhere_that_a_name_can_be()
    {
        string tree = place.MakeDirectory("bytes");
        Tool.Run(tree, "bash", "-ec", @"echo 1 >$'n\xff'; echo 2 >$'n\xfe'; echo 3 >$'n\xef\xbf\xbd'; echo 4 >$'n\xef\x9f\xbf'; ln -s $'to\xff' $'l\xff'; ln $'n\xff' $'h\xfe'; mkdir $'d\xff'; echo 5 >$'d\xff/'$(printf 'x%.0s' {1..150})$'\xff'; setfattr -n $'user.a\xff' -v x $'n\xff'");
        const string List = "export LC_ALL=C; find . -printf '%p %l %y %n\\n' | sort | od -An -c; find . -type f -print0 | sort -z | xargs -0 cat; getfattr -hdR -m user . | od -An -c";

        Assert.Empty(place.Pack("bytes", "bytes", "bytes.tar"));
        string target = place.MakeDirectory("bytes-target");
        Assert.Empty(place.Unpack("bytes.tar", "bytes-target"));

        Assert.Equal(Tool.Run(tree, "bash", "-c", List), Tool.Run(Path.Combine(target, "bytes"), "bash", "-c", List));
    }

    [Fact]
    public void Without_privileges_owners_set_id_bits_capabilities_and_devices_stay_behind()
    {
        string tree = place.MakeDirectory("powerful");
        Tool.Run(tree, "sh", "-ec", "echo x >f; chown 5:6 f; chmod 6755 f; setcap cap_net_raw+ep f; setfattr -n user.note -v kept f; setfattr -n trusted.note -v root f; mknod null c 1 3; mkfifo fifo; chmod 1777 .");
        place.Pack("powerful", "powerful", "powerful.tar");
        string target = place.MakeDirectory("powerful-target");

        Assert.Equal(["powerful/null: a device was left out"], place.Unpack("powerful.tar", "powerful-target", owner: UnpackedOwner.Caller, keepsPrivileges: false));

        Assert.Equal(". 1777 0:0\nf 755 0:0\nfifo 644 0:0\n", Tool.Run(Path.Combine(target, "powerful"), "stat", "-c", "%n %a %u:%g", ".", "f", "fifo"));
        place.Pack("powerful", ".", "contents.tar");
        Tool.Run(target, "chmod", "700", ".");
        place.Unpack("contents.tar", "powerful-target", owner: UnpackedOwner.Caller, keepsPrivileges: false);
        Assert.Equal("700\n", Tool.Run(target, "stat", "-c", "%a", "."));
        Assert.Equal("user.note=\"kept\"", string.Join('\n', Tool.Run(target, "getfattr", "-d", "-m", "-", "powerful/f").Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal))));
    }

    private static string DescribeTree(string directory) => Tool.Run(directory, "sh", "-c", Describe);

    private string MakeTree(string name, bool isOld = false, bool isOldest = false)
    {
        string tree = place.MakeDirectory(name);
        Tool.Run(tree, "sh", "-ec",
            $"""
            mkdir -p deep/er empty; echo one >deep/er/one; ln deep/er/one hard; ln -s ../nowhere/at/all deep/dangling; ln -s deep/er/one soft
            head -c 200000 /dev/urandom >random; : >nothing; head -c 512 /dev/zero >block
            touch 'with blank' "$(printf 'not\377text')" "$(printf 'new\nline')"
            chmod 4755 block; chmod 2750 deep; chmod 1777 empty; chown 1000:100 random; chown -h 7:8 soft
            touch -d '2001-02-03 04:05:06.123456789' random; touch -hd '1999-01-01 00:00:00.5' soft; touch -d '2010-01-01' deep
            """);
        if (isOldest)
        {
            return tree;
        }

        Tool.Run(tree, "sh", "-ec", "mkfifo fifo; mknod char c 5 300; mknod blockdev b 259 70000; chown 3:4 fifo");
        if (isOld)
        {
            return tree;
        }

        string longName = new('n', 200);
        string veryLong = string.Join('/', Enumerable.Repeat(new string('d', 60), 5));
        Tool.Run(tree, "sh", "-ec",
            $"""
            touch {longName}; ln -s {longName}{longName} long-link; mkdir -p {veryLong}; echo far >{veryLong}/far; ln {veryLong}/far {longName}2
            setfattr -n user.note -v 'some words' random; setfattr -n trusted.note -v root random; setfacl -m u:123:r,m::rw random; setfacl -d -m g:5:rx deep
             setcap cap_net_raw+ep block 2>/dev/null || setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 block
            chown 3000000:4000000 nothing; touch -d '1960-06-07 08:09:10.25' empty; touch -d '1969-12-31 23:59:59.75 UTC' nothing
            """);
        return tree;
    }
}
