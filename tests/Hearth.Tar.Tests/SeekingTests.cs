using System.Text;

namespace Hearth.Tar.Tests;

/// <summary>Of an archive in a file, the reader skips data without reading it.</summary>
public sealed class SeekingTests
{
    private const int FileBytes = 4 << 20;

    [Fact]
    public void Data_that_nobody_reads_is_skipped()
    {
        CountingStream archive = new();
        TarWriter writer = new(archive);
        foreach (string name in new[] { "one", "two", "three" })
        {
            writer.Begin(new TarEntry { Type = TarEntryType.File, Name = Encoding.ASCII.GetBytes(name), Mode = 0x1a4, UserId = 0, GroupId = 0, SizeInBytes = FileBytes, Modified = default });
            writer.Write(Enumerable.Repeat((byte)name[0], FileBytes).ToArray());
        }

        writer.End();
        archive.Position = 0;
        TarReader reader = new(archive);
        ArchiveWarnings warnings = new();

        Assert.Equal("one", reader.Next(warnings)!.ShownName);
        TarEntry two = reader.Next(warnings)!;
        byte[] data = new byte[10];
        Assert.Equal(data.Length, reader.Read(data));
        Assert.Equal("tttttttttt", Encoding.ASCII.GetString(data));
        Assert.Equal("three", reader.Next(warnings)!.ShownName);
        Assert.Null(reader.Next(warnings));

        Assert.Equal(FileBytes + 1024, two.DataOffset);
        Assert.InRange(archive.BytesRead, 1, 1 << 20);
    }

    [Fact]
    public void Data_that_is_missing_is_noticed()
    {
        CountingStream archive = new();
        TarWriter writer = new(archive);
        writer.Begin(new TarEntry { Type = TarEntryType.File, Name = "one"u8.ToArray(), Mode = 0x1a4, UserId = 0, GroupId = 0, SizeInBytes = FileBytes, Modified = default });
        writer.Write(new byte[FileBytes]);
        writer.End();
        archive.SetLength(FileBytes / 2);
        archive.Position = 0;
        TarReader reader = new(archive);
        reader.Next(new ArchiveWarnings());

        Assert.Equal("the archive ends in the middle of one", Assert.Throws<ArchiveException>(() => reader.Next(new ArchiveWarnings())).Message);
    }

    private sealed class CountingStream : MemoryStream
    {
        public long BytesRead { get; private set; }

        public override int Read(byte[] buffer, int offset, int count) => Count(base.Read(buffer, offset, count));

        public override int Read(Span<byte> buffer) => Count(base.Read(buffer));

        private int Count(int count)
        {
            BytesRead += count;
            return count;
        }
    }
}
