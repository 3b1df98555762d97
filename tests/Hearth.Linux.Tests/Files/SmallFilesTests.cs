using System.Security.Cryptography;
using Hearth.Linux.Files;

namespace Hearth.Linux.Tests.Files;

/// <summary>Whole files by few system calls.</summary>
public sealed class SmallFilesTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16383)]
    [InlineData(16384)]
    [InlineData(16385)]
    [InlineData(100_000)]
    public void A_file_of_any_size_is_read_whole(int length)
    {
        byte[] expected = RandomNumberGenerator.GetBytes(length);
        File.WriteAllBytes(path, expected);

        Assert.Equal(Errno.None, SmallFiles.TryRead(path, out byte[] content));
        Assert.Equal(expected, content);
    }

    [Theory]
    [InlineData("", Errno.ENOTDIR)]
    [InlineData("-missing", Errno.ENOENT)]
    public void What_cannot_be_read_is_told_by_its_error(string suffix, Errno expected)
    {
        Assert.Equal(expected, SmallFiles.TryRead(suffix.Length == 0 ? path + "/beneath" : path + suffix, out byte[] content));
        Assert.Empty(content);
        Assert.Equal(Errno.EISDIR, SmallFiles.TryRead(Path.GetTempPath(), out _));
    }
}
