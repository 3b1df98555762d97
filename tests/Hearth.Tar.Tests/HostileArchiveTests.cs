using System.Text;
using CsCheck;
using Hearth.Linux.Files;

namespace Hearth.Tar.Tests;

/// <summary>Archives that mean harm, or are none: each stays in its directory, and says what is wrong with it.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private readonly ArchivePlace place = new();
    private readonly string target;

    public HostileArchiveTests()
    {
        target = place.MakeDirectory("outer/target");
        File.WriteAllText(place["outer/secret"], "secret");
    }

    /// <summary>After each, what lies beside the directory is as it was.</summary>
    public void Dispose()
    {
        Assert.Equal("secret", File.ReadAllText(place["outer/secret"]));
        Assert.Equal(["secret", "target"], Directory.GetFileSystemEntries(place["outer"]).Select(Path.GetFileName).Order());
        place.Dispose();
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("a/../../secret")]
    [InlineData("/../secret")]
    [InlineData("a/..")]
    [InlineData("..")]
    public void A_name_that_leads_upward_is_refused(string name)
    {
        Write(FileOf("fine", "x"), FileOf(name, "overwritten"));

        Assert.Contains("contains '..'", place.Refuse("archive", "outer/target"));
        Assert.Equal("x", File.ReadAllText(Path.Combine(target, "fine")));
    }

    [Fact]
    public void An_absolute_name_begins_at_the_directory()
    {
        Write(FileOf("/etc//./passwd", "x"), LinkOf("//abs", "/etc/passwd"));

        place.Unpack("archive", "outer/target");

        Assert.Equal("x", File.ReadAllText(Path.Combine(target, "etc/passwd")));
        Assert.Equal("/etc/passwd", new FileInfo(Path.Combine(target, "abs")).LinkTarget);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../../outer")]
    [InlineData("/")]
    [InlineData("inner/../..")]
    public void A_link_that_leads_out_is_made_and_never_walked(string leadsTo)
    {
        Write(DirectoryOf("inner"), LinkOf("way", leadsTo), FileOf("way/secret", "overwritten"));

        Assert.Contains("leads out", place.Refuse("archive", "outer/target"));
    }

    [Fact]
    public void A_link_that_was_there_and_leads_out_is_not_walked_either_and_one_within_is()
    {
        File.CreateSymbolicLink(Path.Combine(target, "out"), "..");
        Directory.CreateDirectory(Path.Combine(target, "real"));
        File.CreateSymbolicLink(Path.Combine(target, "within"), "real");
        Write(FileOf("within/new", "x"), FileOf("out/secret", "overwritten"));

        Assert.Contains("out/secret: a symbolic link in its path leads out", place.Refuse("archive", "outer/target"));
        Assert.Equal("x", File.ReadAllText(Path.Combine(target, "real/new")));
    }

    [Fact]
    public void A_link_at_the_end_of_a_name_is_replaced_and_not_followed()
    {
        File.CreateSymbolicLink(Path.Combine(target, "link"), "../secret");
        Write(LinkOf("made", "../secret"), FileOf("made", "x"), FileOf("link", "y"));

        place.Unpack("archive", "outer/target");

        Assert.Equal(("x", "y"), (File.ReadAllText(Path.Combine(target, "made")), File.ReadAllText(Path.Combine(target, "link"))));
    }

    [Theory]
    [InlineData("../secret", "contains '..'")]
    [InlineData("way/secret", "link to way/secret")]
    [InlineData("missing", "link to missing")]
    [InlineData("inner", "link to inner")]
    [InlineData(".", "directory itself")]
    public void A_hard_link_to_what_is_not_in_the_directory_is_refused(string name, string words)
    {
        Write(DirectoryOf("inner"), LinkOf("way", ".."), new TarEntry { Type = TarEntryType.HardLink, Name = Text("hard"), LinkName = Text(name), Mode = 0, UserId = 0, GroupId = 0, Modified = default });

        Assert.Contains(words, place.Refuse("archive", "outer/target"));
    }

    [Fact]
    public void A_hard_link_to_a_link_is_one_more_name_of_the_link()
    {
        Write(LinkOf("way", "../secret"), new TarEntry { Type = TarEntryType.HardLink, Name = Text("hard"), LinkName = Text("way"), Mode = 0x1ff, UserId = 0, GroupId = 0, Modified = default });

        place.Unpack("archive", "outer/target");

        Assert.Equal("../secret", new FileInfo(Path.Combine(target, "hard")).LinkTarget);
    }

    [Fact]
    public void Neither_directories_nor_files_take_each_others_place()
    {
        Directory.CreateDirectory(Path.Combine(target, "directory"));
        File.WriteAllText(Path.Combine(target, "file"), "kept");
        File.CreateSymbolicLink(Path.Combine(target, "link"), "directory");

        Write(FileOf("directory", "x"));
        Assert.Contains("directory: cannot overwrite a directory", place.Refuse("archive", "outer/target"));
        Write(DirectoryOf("file"));
        Assert.Contains("file: cannot overwrite a non-directory", place.Refuse("archive", "outer/target"));
        Write(DirectoryOf("link"));
        Assert.Contains("link: cannot overwrite a non-directory", place.Refuse("archive", "outer/target"));
        Write(FileOf("file/below", "x"));
        Assert.Contains("file/below: a component of its path is not a directory", place.Refuse("archive", "outer/target"));
        Write(FileOf(".", "x"));
        Assert.Contains("directory itself", place.Refuse("archive", "outer/target"));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(target, "file")));
    }

    [Fact]
    public void An_archive_that_ends_early_says_in_the_middle_of_what()
    {
        Write(FileOf("first", "x"), FileOf("second", new string('y', 5000)));
        byte[] all = File.ReadAllBytes(place["archive"]);
        File.WriteAllBytes(place["archive"], all[..4000]);

        Assert.Contains("ends in the middle of second", place.Refuse("archive", "outer/target"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(11)]
    public void An_archive_may_end_within_the_padding_of_its_last_entry(int padding)
    {
        const int UpToData = 4 * 512;
        Write(FileOf("first", "x"), FileOf("second", new string('y', 500)));
        byte[] all = File.ReadAllBytes(place["archive"]);
        File.WriteAllBytes(place["archive"], all[..(UpToData - 12 + padding)]);

        place.Unpack("archive", "outer/target");

        Assert.Equal(new string('y', 500), File.ReadAllText(Path.Combine(target, "second")));
        File.WriteAllBytes(place["archive"], all[..(UpToData - 13)]);
        Assert.Contains("ends in the middle of second", place.Refuse("archive", "outer/target"));
    }

    [Theory]
    [InlineData("this is no archive, but long enough to be taken for a block of one")]
    [InlineData("")]
    public void What_is_no_archive_is_refused_and_an_empty_one_is_empty(string text)
    {
        File.WriteAllText(place["archive"], text.Length == 0 ? "" : text.PadRight(2000, '!'));

        if (text.Length == 0)
        {
            Assert.Empty(place.Unpack("archive", "outer/target"));
        }
        else
        {
            Assert.Contains("not a tar archive", place.Refuse("archive", "outer/target"));
        }
    }

    [Fact]
    public void Extended_headers_without_end_or_sense_are_refused()
    {
        foreach (string records in (string[])["5 a=b\n", "99 path=x\n", "x path=y\n", "13 size=-100\n", "12 uid=many\n", "15 mtime=never\n"])
        {
            WriteRaw((byte)'x', Text(records), FileOf("x", ""));
            Assert.Contains("extended header", place.Refuse("archive", "outer/target"));
        }

        WriteRaw((byte)'x', new byte[2 << 20], FileOf("x", ""));
        Assert.Contains("at most", place.Refuse("archive", "outer/target"));
        WriteRaw((byte)'L', Text(new string('n', 300)), FileOf("x", ""));
        Assert.Contains("ENAMETOOLONG", place.Refuse("archive", "outer/target").Replace("File name too long", "ENAMETOOLONG", StringComparison.Ordinal));
    }

    /// <summary>Each header is small enough.</summary>
    [Theory]
    [InlineData('g', 3, 1, 400_000)]
    [InlineData('x', 3, 1, 400_000)]
    [InlineData('g', 5, 1000, 1)]
    [InlineData('x', 5, 1000, 1)]
    public void Many_extended_headers_have_one_limit_together(char type, int headers, int records, int bytes)
    {
        string value = new('v', bytes);
        byte[] Header(int header) => Text(string.Concat(Enumerable.Range(0, records).Select(record => Record($"key{header}-{record}={value}"))));

        WriteRaw(Enumerable.Range(0, headers).Select(header => ((byte)type, Header(header))), FileOf("x", ""));
        Assert.Contains("extended headers with more than 4096 records or 1048576 bytes", place.Refuse("archive", "outer/target"));
        WriteRaw(Enumerable.Range(0, headers - 1).Select(header => ((byte)type, Header(header))), FileOf("x", "kept"));
        Assert.Empty(place.Unpack("archive", "outer/target"));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(target, "x")));
    }

    [Fact]
    public void An_entrys_own_records_count_before_those_of_all()
    {
        WriteRaw([((byte)'g', Text(Record("path=of-all") + Record("mtime=7"))), ((byte)'x', Text(Record("path=own")))], FileOf("x", "first"), FileOf("y", "second"));
        place.Unpack("archive", "outer/target");
        Assert.Equal(("first", "second"), (File.ReadAllText(Path.Combine(target, "own")), File.ReadAllText(Path.Combine(target, "of-all"))));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(7), new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(target, "own"))));
    }

    [Fact]
    public void A_sparse_map_of_ten_thousand_records_is_read()
    {
        const int Extents = 10_000;
        string map = string.Concat(Enumerable.Range(0, Extents).Select(extent => Record($"GNU.sparse.offset={2 * extent}") + Record("GNU.sparse.numbytes=1")));
        WriteRaw((byte)'x', Text(Record($"GNU.sparse.size={2 * Extents}") + map), FileOf("x", new string('d', Extents)));
        place.Unpack("archive", "outer/target");
        Assert.Equal(string.Concat(Enumerable.Repeat("d\0", Extents)), File.ReadAllText(Path.Combine(target, "x")));
    }

    [Theory]
    [InlineData("GNU.sparse.size=8|GNU.sparse.map=0", "has no length")]
    [InlineData("GNU.sparse.size=8|GNU.sparse.map=0,many", "not a number")]
    [InlineData("GNU.sparse.size=8|GNU.sparse.map=4,4,0,4", "overlaps")]
    [InlineData("GNU.sparse.size=8|GNU.sparse.map=6,4", "exceeds")]
    [InlineData("GNU.sparse.size=8|GNU.sparse.map=0,8", "8 bytes, and 4 are stored")]
    [InlineData("GNU.sparse.size=8|GNU.sparse.numblocks=1|GNU.sparse.offset=0|GNU.sparse.numbytes=8", "8 bytes, and 4 are stored")]
    [InlineData("GNU.sparse.major=1|GNU.sparse.minor=0|GNU.sparse.realsize=8", "does not fit in the data")]
    [InlineData("GNU.sparse.size=-8|GNU.sparse.map=0,4", "not a number")]
    public void Maps_of_sparse_files_that_do_not_fit_are_refused(string records, string cause)
    {
        WriteRaw((byte)'x', Text(string.Concat(records.Split('|').Select(record => $"{record.Length + 4} {record}\n"))), FileOf("x", "data"));
        Assert.Contains(cause, place.Refuse("archive", "outer/target"));
    }

    [Fact]
    public void Entries_of_unknown_kinds_are_left_out_and_told()
    {
        WriteRaw((byte)'V', [], FileOf("x", "kept"));

        Assert.Equal(["raw: an entry of the unknown type 'V' was left out"], place.Unpack("archive", "outer/target"));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(target, "x")));
    }

    [Fact]
    public void Damaged_archives_are_unpacked_or_refused_and_nothing_else()
    {
        Write(DirectoryOf("a"), FileOf("a/b", "content"), LinkOf("a/l", "b"), new TarEntry
        {
            Type = TarEntryType.File, Name = Text(new string('n', 120)), Mode = 0x1a4, UserId = 5_000_000, GroupId = 1, Modified = new FileTime(-1, 5),
            SizeInBytes = 4, Attributes = [KeyValuePair.Create("user.x", "y"u8.ToArray())],
        });
        byte[] sample = File.ReadAllBytes(place["archive"]);
        int turn = 0;
        Gen.Select(Gen.Int[0, sample.Length - 1], Gen.Byte.Array[1, 6], Gen.Int[0, sample.Length]).Sample(
            (position, damage, length) =>
            {
                byte[] archive = sample[..Math.Max(length, position + 1)];
                damage.AsSpan(0, Math.Min(damage.Length, archive.Length - position)).CopyTo(archive.AsSpan(position));
                string name = $"damaged-{Interlocked.Increment(ref turn)}";
                File.WriteAllBytes(place[name], archive);
                place.MakeDirectory($"{name}.d");
                try
                {
                    place.Unpack(name, $"{name}.d");
                }
                catch (ArchiveException failure)
                {
                    Assert.NotEmpty(failure.Message);
                }
                finally
                {
                    File.Delete(place[name]);
                    Tool.Run("/", "rm", "-rf", place[$"{name}.d"]);
                }
            },
            iter: 500);
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static TarEntry DirectoryOf(string name) => Entry(TarEntryType.Directory, name);

    private static TarEntry LinkOf(string name, string target) => Entry(TarEntryType.SymbolicLink, name) with { LinkName = Text(target) };

    /// <summary>Its content is the link name, for <see cref="Write"/>.</summary>
    private static TarEntry FileOf(string name, string content) =>
        Entry(TarEntryType.File, name) with { SizeInBytes = content.Length, LinkName = Text(content) };

    private static TarEntry Entry(TarEntryType type, string name) =>
        new() { Type = type, Name = Text(name), Mode = 0x1ed, UserId = 0, GroupId = 0, Modified = default };

    private void Write(params TarEntry[] entries)
    {
        using FileStream file = File.Create(place["archive"]);
        WriteTo(new TarWriter(file), entries);
    }

    private static void WriteTo(TarWriter writer, TarEntry[] entries)
    {
        foreach (TarEntry entry in entries)
        {
            bool isFile = entry.Type == TarEntryType.File;
            writer.Begin(isFile ? entry with { LinkName = [] } : entry);
            if (isFile && entry.SizeInBytes > 0)
            {
                writer.Write(entry.LinkName.Length > 0 ? entry.LinkName : new byte[entry.SizeInBytes]);
            }
        }

        writer.End();
    }

    /// <summary>One entry of a kind that the writer does not make, and others behind it.</summary>
    private void WriteRaw(byte type, byte[] data, params TarEntry[] entries) => WriteRaw([(type, data)], entries);

    private void WriteRaw(IEnumerable<(byte Type, byte[] Data)> headers, params TarEntry[] entries)
    {
        Write(entries);
        byte[] rest = File.ReadAllBytes(place["archive"]);
        using FileStream archive = File.Create(place["archive"]);
        foreach ((byte type, byte[] data) in headers)
        {
            byte[] block = new byte[TarHeader.BlockBytes];
            TarHeader.Write(block, Entry(TarEntryType.File, "raw") with { SizeInBytes = data.Length }, type);
            archive.Write([.. block, .. data, .. new byte[-data.Length & 511]]);
        }

        archive.Write(rest);
    }

    /// <summary>With its length, which counts its own digits.</summary>
    private static string Record(string text)
    {
        int rest = text.Length + " \n".Length;
        int length = Enumerable.Range(1, 7).Select(digits => rest + digits).First(sum => $"{sum}".Length == sum - rest);
        return $"{length} {text}\n";
    }
}
