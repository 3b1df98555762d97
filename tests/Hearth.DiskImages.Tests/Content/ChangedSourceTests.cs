using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Content;

/// <summary>Files that are changed behind a running guest: an error, or the bytes that were walked; never others.</summary>
public sealed class ChangedSourceTests
{
    private static readonly NodeId file = new(1);
    private static readonly byte[] original = [.. Enumerable.Range(0, 9000).Select(i => (byte)i)];

    public static TheoryData<string, string> Changes => new()
    {
        { "truncated", "its size is 100, and was 9000" },
        { "grown", "its size is 9001, and was 9000" },
        { "emptied", "its size is 0, and was 9000" },
        { "overwritten", "it was modified at" },
        { "touched", "it was modified at" },
        { "replaced", "another file is in its place" },
        { "removed", "ENOENT" },
        { "replaced by a symbolic link", "ELOOP" },
        { "replaced by a fifo", "another file is in its place" },
        { "replaced by a directory", "another file is in its place" },
        { "beneath a symbolic link", "ELOOP" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_before_the_first_read_is_an_error_that_tells_what_changed(string change, string reason)
    {
        using SourceDirectory source = new SourceDirectory().Add("d/file", original);
        WalkedTree tree = source.Describe();
        var reported = new List<SourceFault>();
        using var content = new DirectoryContent(tree, source.Root, new DirectoryContentOptions { OnFault = reported.Add });
        NodeId node = SourceDirectory.Find(tree, "d/file");

        Change(source, change);
        for (int i = 0; i < 2; i++)
        {
            DiskImageException failure = Assert.Throws<DiskImageException>(() => content.Read(node, 50, new byte[10]));
            Assert.Equal(DiskImageError.SourceChanged, failure.Error);
            Assert.Contains("'d/file'", failure.Message, StringComparison.Ordinal);
            Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal("d/file", Assert.Single(reported).Path);
        Assert.Equal(reported, content.Faults);
        Assert.Equal(2, content.FailedReads);
        Assert.Equal(0, content.OpenFiles);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_under_an_open_descriptor_never_gives_other_bytes(string change, string reason)
    {
        using SourceDirectory source = new SourceDirectory().Add("d/file", original);
        WalkedTree tree = source.Describe();
        using var content = new DirectoryContent(tree, source.Root);
        NodeId node = SourceDirectory.Find(tree, "d/file");
        byte[] read = new byte[10];
        content.Read(node, 50, read);

        Change(source, change);
        bool isSameInode = change is "truncated" or "grown" or "emptied" or "overwritten" or "touched";
        if (isSameInode)
        {
            DiskImageException failure = Assert.Throws<DiskImageException>(() => content.Read(node, 50, read));
            Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
            return;
        }

        // The descriptor still leads to the file that was walked.
        content.Read(node, 60, read);
        Assert.Equal(original[60..70], read);
    }

    [Fact]
    public void A_file_that_is_as_it_was_again_can_be_read_again()
    {
        using SourceDirectory source = new SourceDirectory().Add("file", original);
        WalkedTree tree = source.Describe();
        using var content = new DirectoryContent(tree, source.Root);
        File.Move(source.PathOf("file"), source.PathOf("aside"));
        Assert.Throws<DiskImageException>(() => content.Read(file, 0, new byte[1]));

        File.Move(source.PathOf("aside"), source.PathOf("file"));
        byte[] read = new byte[5];
        content.Read(file, 3, read);
        Assert.Equal(original[3..8], read);
    }

    [Fact]
    public async Task Bytes_that_are_overwritten_while_they_are_read_are_never_handed_out()
    {
        byte[] zeros = new byte[1 << 20];
        byte[] ones = [.. Enumerable.Repeat((byte)1, zeros.Length)];
        int served = 0;
        int refused = 0;
        for (int round = 0; round < 60; round++)
        {
            using SourceDirectory source = new SourceDirectory().Add("file", zeros);
            WalkedTree tree = source.Describe();
            using var content = new DirectoryContent(tree, source.Root);
            using var start = new Barrier(2);
            var writer = Task.Run(() =>
            {
                using FileStream target = File.OpenWrite(source.PathOf("file"));
                start.SignalAndWait();
                target.Write(ones);
            });
            byte[] read = new byte[zeros.Length];
            start.SignalAndWait();
            while (!writer.IsCompleted && refused <= round)
            {
                try
                {
                    content.Read(file, 0, read);
                    served++;
                    Assert.False(read.ContainsAnyExcept((byte)0), "bytes of the new content were served as the old");
                }
                catch (DiskImageException failure) when (failure.Error == DiskImageError.SourceChanged)
                {
                    refused++;
                }
            }

            await writer;
            Assert.Throws<DiskImageException>(() => content.Read(file, 0, read));
        }

        TestContext.Current.SendDiagnosticMessage($"{served} reads served, {refused} refused");
    }

    [Fact]
    public void Faults_kept_for_the_report_are_bounded_and_all_are_counted()
    {
        const int Files = SourceFaults.MostKept + 20;
        using var source = new SourceDirectory();
        for (int i = 0; i < Files; i++)
        {
            source.Add($"{i:d4}", [1]);
        }

        WalkedTree tree = source.Describe();
        int reported = 0;
        using var content = new DirectoryContent(tree, source.Root, new DirectoryContentOptions { OnFault = _ => reported++ });
        for (int i = 0; i < Files; i++)
        {
            File.Delete(source.PathOf($"{i:d4}"));
            Assert.Throws<DiskImageException>(() => content.Read(new NodeId(1 + i), 0, new byte[1]));
        }

        Assert.Equal(Files, reported);
        Assert.Equal(Files, content.FailedReads);
        Assert.Equal(SourceFaults.MostKept, content.Faults.Count);
    }

    private static void Change(SourceDirectory source, string change)
    {
        string path = source.PathOf("d/file");
        switch (change)
        {
            case "truncated":
                SetLength(path, 100);
                break;
            case "emptied":
                SetLength(path, 0);
                break;
            case "grown":
                File.AppendAllText(path, "!");
                break;
            case "overwritten":
                using (FileStream stream = File.OpenWrite(path))
                {
                    stream.Write(new byte[original.Length]);
                }

                break;
            case "touched":
                File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddTicks(1));
                break;
            case "beneath a symbolic link":
                Directory.Move(source.PathOf("d"), source.PathOf("e"));
                Directory.CreateSymbolicLink(source.PathOf("d"), "e");
                break;
            default:
                Replace(source, path, change);
                break;
        }
    }

    private static void Replace(SourceDirectory source, string path, string change)
    {
        // Moved away and kept, so that the file system cannot give its inode number to the next.
        File.Move(path, source.PathOf("aside"));
        switch (change)
        {
            case "replaced":
                File.Copy(source.PathOf("aside"), path);
                File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(source.PathOf("aside")));
                break;
            case "replaced by a symbolic link":
                File.CreateSymbolicLink(path, "../aside");
                break;
            case "replaced by a fifo":
                Command.Run("mkfifo", [path]);
                break;
            case "replaced by a directory":
                Directory.CreateDirectory(path);
                break;
            default:
                Assert.Equal("removed", change);
                break;
        }
    }

    private static void SetLength(string path, long length)
    {
        using FileStream stream = File.OpenWrite(path);
        stream.SetLength(length);
    }
}
