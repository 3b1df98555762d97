using System.Diagnostics;

namespace Hearth.Containers.Tests;

/// <summary>An output file is replaced when it is complete; what is no regular file stays what it is.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-atomic-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void A_regular_file_is_replaced_when_it_is_complete()
    {
        File.WriteAllText(At("file"), "before");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(At("file"), file =>
        {
            file.Write("half"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("before", File.ReadAllText(At("file")));

        AtomicFile.Write(At("file"), file => file.Write("now"u8));
        Assert.Equal("now", File.ReadAllText(At("file")));
        Assert.Equal([At("file")], Directory.EnumerateFileSystemEntries(directory));
    }

    [Theory]
    [InlineData("a longer text")]
    [InlineData(null)]
    public void A_link_stays_one_and_its_target_has_the_new_bytes_only(string? before)
    {
        if (before is not null)
        {
            File.WriteAllText(At("target"), before);
        }

        File.CreateSymbolicLink(At("link"), "target");

        AtomicFile.Write(At("link"), file => file.Write("now"u8));

        Assert.Equal("target", new FileInfo(At("link")).LinkTarget);
        Assert.Equal("now", File.ReadAllText(At("target")));
    }

    [Fact]
    public void A_device_stays_one()
    {
        Assert.SkipUnless(Make("mknod", "null", "c", "1", "3"), "needs the right to make device nodes");

        AtomicFile.Write(At("null"), file => file.Write("gone"u8));

        Assert.Equal("", File.ReadAllText(At("null")));
        Assert.True(Make("test", "-c", "null"));
    }

    [Fact]
    public async Task A_named_pipe_is_written()
    {
        Assert.True(Make("mkfifo", "pipe"));
        Task<string> reading = Task.Run(() => File.ReadAllText(At("pipe")), TestContext.Current.CancellationToken);

        AtomicFile.Write(At("pipe"), file => file.Write("through"u8));

        Assert.Equal("through", await reading);
        Assert.True(Make("test", "-p", "pipe"));
    }

    [Fact]
    public void A_directory_is_refused() =>
        Assert.Equal("it is a directory", Assert.Throws<IOException>(() => AtomicFile.Write(directory, _ => Assert.Fail("it was opened"))).Message);

    private bool Make(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = directory })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private string At(string name) => Path.Combine(directory, name);
}
