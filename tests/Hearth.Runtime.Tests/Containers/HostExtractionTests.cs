using System.Formats.Tar;
using Hearth.Runtime.Containers;
using Hearth.Runtime.Tests.Support;

namespace Hearth.Runtime.Tests.Containers;

public sealed class HostExtractionTests : IDisposable
{
    private readonly Workplace place = new();
    private readonly string target;

    public HostExtractionTests() => target = place.MakeDirectory("target");

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_tree_comes_back_with_its_links_modes_and_times()
    {
        string source = place.MakeDirectory("source");
        Directory.CreateDirectory(Path.Combine(source, "dir"));
        File.WriteAllText(Path.Combine(source, "dir/file"), "content");
        File.SetUnixFileMode(Path.Combine(source, "dir/file"), (UnixFileMode)0x1E8);
        File.CreateSymbolicLink(Path.Combine(source, "dir/link"), "/etc/passwd");
        File.SetUnixFileMode(Path.Combine(source, "dir"), (UnixFileMode)0x1C0);
        Directory.SetLastWriteTimeUtc(Path.Combine(source, "dir"), DateTime.UnixEpoch.AddDays(1));

        using MemoryStream archive = new();
        await HostArchive.WriteAsync(archive, new DirectoryInfo(source), "copied");
        archive.Position = 0;
        Assert.Empty(await new HostExtraction(target).ExtractAsync(archive));

        string copied = Path.Combine(target, "copied/dir");
        Assert.Equal("content", File.ReadAllText(Path.Combine(copied, "file")));
        Assert.Equal((UnixFileMode)0x1E8, File.GetUnixFileMode(Path.Combine(copied, "file")));
        Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(copied));
        Assert.Equal("/etc/passwd", new FileInfo(Path.Combine(copied, "link")).LinkTarget);
        Assert.Equal(DateTime.UnixEpoch.AddDays(1), Directory.GetLastWriteTimeUtc(copied));
    }

    [Fact]
    public async Task No_name_and_no_link_of_an_archive_leads_out_of_the_directory()
    {
        string outside = place.MakeDirectory("outside");
        foreach (TarEntry[] entries in (TarEntry[][])
            [
                [File_("../outside/file")],
                [File_($"{outside}/file")],
                [File_("a/../../outside/file")],
                [Link("link", outside), File_("link/file")],
                [Directory_("dir"), Link("dir/link", "../../outside"), File_("dir/link/file")],
                [Link("dir", outside), Directory_("dir")],
                [Hard("file", "../outside/secret")],
                [Link("link", outside), Hard("file", "link/secret")],
            ])
        {
            File.WriteAllText(Path.Combine(outside, "secret"), "secret");
            RuntimeException refused = await Assert.ThrowsAsync<RuntimeException>(() => ExtractAsync(entries));
            Assert.Equal(RuntimeError.StorageFailed, refused.Error);
            Assert.Equal([Path.Combine(outside, "secret")], Directory.GetFileSystemEntries(outside));
            Directory.Delete(target, recursive: true);
            Directory.CreateDirectory(target);
        }
    }

    [Fact]
    public async Task A_file_that_was_there_is_replaced_and_not_written_through()
    {
        string outside = place.Write("outside/file", "as it was");
        File.CreateSymbolicLink(Path.Combine(target, "file"), outside);
        await ExtractAsync(File_("file"));
        Assert.Null(new FileInfo(Path.Combine(target, "file")).LinkTarget);
        Assert.Equal("as it was", File.ReadAllText(outside));
    }

    [Fact]
    public async Task Devices_and_set_id_bits_stay_behind()
    {
        IReadOnlyList<string> warnings = await ExtractAsync(
            new PaxTarEntry(TarEntryType.CharacterDevice, "zero") { DeviceMajor = 1, DeviceMinor = 5 },
            new PaxTarEntry(TarEntryType.RegularFile, "program") { Mode = UnixFileMode.SetUser | UnixFileMode.UserExecute | UnixFileMode.UserRead });
        Assert.Contains("'zero' was left out", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(target, "zero")));
        Assert.Equal(UnixFileMode.UserExecute | UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(target, "program")));
    }

    private async Task<IReadOnlyList<string>> ExtractAsync(params TarEntry[] entries)
    {
        using MemoryStream archive = new();
        await using (TarWriter writer = new(archive, leaveOpen: true))
        {
            foreach (TarEntry entry in entries)
            {
                await writer.WriteEntryAsync(entry);
            }
        }

        archive.Position = 0;
        return await new HostExtraction(target).ExtractAsync(archive);
    }

    private static PaxTarEntry File_(string name) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream("content"u8.ToArray()) };

    private static PaxTarEntry Directory_(string name) => new(TarEntryType.Directory, name);

    private static PaxTarEntry Link(string name, string to) => new(TarEntryType.SymbolicLink, name) { LinkName = to };

    private static PaxTarEntry Hard(string name, string to) => new(TarEntryType.HardLink, name) { LinkName = to };
}
