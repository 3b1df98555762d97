using Hearth.DiskImages.Packed;
using Hearth.DiskImages.Tests.Support;

namespace Hearth.DiskImages.Tests.Packed;

/// <summary>An image replaces a regular file, and nothing else.</summary>
public sealed class UnfinishedImageTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void A_link_stays_one_and_its_target_is_replaced()
    {
        File.WriteAllText(At("target"), "before");
        File.CreateSymbolicLink(At("link"), "target");

        using (UnfinishedImage image = UnfinishedImage.Create(At("link")))
        {
            image.Reserve(4096);
            image.Finish();
        }

        Assert.Equal("target", new FileInfo(At("link")).LinkTarget);
        Assert.Equal(4096, new FileInfo(At("target")).Length);
        Assert.Equal([At("link"), At("target")], Directory.EnumerateFileSystemEntries(directory.Path).Order());
    }

    [Fact]
    public void A_pipe_and_a_directory_are_refused()
    {
        Command.Run("mkfifo", [At("pipe")]);
        Directory.CreateDirectory(At("directory"));
        foreach (string name in new[] { "pipe", "directory" })
        {
            PackingException refused = Assert.Throws<PackingException>(() => UnfinishedImage.Create(At(name)));
            Assert.Equal($"cannot write the image '{At(name)}': it is not a regular file; name a file or a new one", refused.Message);
        }

        Assert.Equal([At("directory"), At("pipe")], Directory.EnumerateFileSystemEntries(directory.Path).Order());
    }

    private string At(string name) => Path.Combine(directory.Path, name);
}
